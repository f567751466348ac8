import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

// One import per line: the importing file, and the import.
const FORBIDDEN = [
  ['src/errors.ts', './formats/plan.ts'],
  ['src/formats/a.ts', '../errors.ts'],
  ['src/formats/b.ts', 'node:fs'],
  ['src/formats/c.ts', '../statistics/binomial.ts'],
  ['src/statistics/a.ts', '../geo/atlas.ts'],
  ['src/html/a.ts', '../formats/words.ts'],
  ['src/html/b.ts', '../../claims/index.ts'],
  ['src/html/c.ts', 'zod'],
  ['src/formats/e.ts', '../html/html-tag.ts'],
  ['src/statistics/c.ts', '../html/html-tag.ts'],
  ['src/config/c.ts', '../html/html-tag.ts'],
  ['src/geo/e.ts', '../html/html-tag.ts'],
  ['src/plan/d.ts', '../html/html-tag.ts'],
  ['src/lanes/c.ts', '../html/html-tag.ts'],
  ['src/tools/c.ts', '../html/html-tag.ts'],
  ['src/run/c.ts', '../html/html-tag.ts'],
  ['src/geo/a.ts', '../config/types.ts'],
  ['src/geo/b.ts', '../plan/timetable.ts'],
  ['src/geo/deeper/c.ts', '../../run/load.ts'],
  ['src/geo/d.ts', '../cli/main.ts'],
  ['src/config/a.ts', '../plan/timetable.ts'],
  ['src/config/b.ts', '../run/load.ts'],
  ['src/plan/a.ts', '../run/load.ts'],
  ['src/plan/b.ts', '../lanes/start.ts'],
  ['src/plan/c.ts', '../../reports/seal.ts'],
  ['src/lanes/a.ts', '../plan/timetable.ts'],
  ['src/lanes/b.ts', '../tools/index.ts'],
  ['src/tools/a.ts', '../run/load.ts'],
  ['src/tools/b.ts', '../config/types.ts'],
  ['src/run/a.ts', '../cli/main.ts'],
  ['src/run/b.ts', '../../targets/world/main.ts'],
  ['src/cli/a.ts', '../../targets/world/main.ts'],
  ['src/cli/b.ts', '../../scenarios/player.ts'],
  ['src/formats/d.ts', '../../claims/index.ts'],
  ['src/statistics/b.ts', '../../claims/claim.ts'],
  ['scenarios/g.ts', '../claims/index.ts'],
  ['scenarios/h.ts', '../src/html/html-tag.ts'],
  ['targets/world/d.ts', '../../claims/index.ts'],
  ['claims/a.ts', '../reports/seal.ts'],
  ['claims/latency/b.ts', '../../src/plan/timetable.ts'],
  ['claims/latency/c.ts', '../../src/config/types.ts'],
  ['claims/d.ts', 'node:fs'],
  ['claims/measures/ledger/e.ts', '../../../reports/render/figures.ts'],
  ['reports/a.ts', '../src/run/load.ts'],
  ['reports/judge/b.ts', '../../src/config/types.ts'],
  ['reports/judge/c.ts', '../../src/plan/timetable.ts'],
  ['reports/render/d.ts', '../../src/geo/atlas.ts'],
  ['reports/render/e.ts', '../../targets/world/main.ts'],
  ['targets/world/a.ts', '../../src/errors.ts'],
  ['targets/world/b.ts', '../../src/formats/world-file.ts'],
  ['targets/world/c.ts', '../../reports/seal.ts'],
  ['targets/world/kit/a.ts', '../active-active/world.ts'],
  ['targets/world/kit/b.ts', '../worlds.ts'],
  ['targets/world/kit/c.ts', '../../../src/errors.ts'],
  ['targets/world/kit/postgres/d.ts', '../../host/child.ts'],
  ['targets/world/kit/programs/e.ts', '../../active-active/defects.ts'],
  ['targets/world/residency/a.ts', '../active-active/defects.ts'],
  ['targets/world/residency/b.ts', '../host/child.ts'],
  ['targets/world/residency/c.ts', '../../../src/errors.ts'],
  ['targets/world/host/d.ts', '../active-active/world.ts'],
  ['targets/world/compose/e.ts', '../../fis/main.ts'],
  ['scenarios/a.ts', '../src/run/load.ts'],
  ['scenarios/b.ts', '../src/errors.ts'],
  ['scenarios/c.ts', 'node:fs'],
  ['scenarios/d.ts', 'yaml'],
  ['scenarios/e.ts', 'k6-utils'],
  ['scenarios/journeys/f.ts', '../../src/statistics/binomial.ts'],
  ['chaos/a.ts', '../src/run/load.ts'],
  ['chaos/faults/b.ts', '../../reports/seal.ts'],
  ['chaos/c.ts', '../src/html/html-tag.ts'],
] as const;

const ALLOWED = [
  ['src/formats/a.ts', './plan.ts'],
  ['src/statistics/a.ts', '../formats/plan.ts'],
  ['src/html/a.ts', './html-tag.ts'],
  ['src/geo/a.ts', '../errors.ts'],
  ['src/geo/deeper/b.ts', '../atlas.ts'],
  ['src/config/a.ts', '../geo/atlas.ts'],
  ['src/plan/a.ts', '../geo/atlas.ts'],
  ['src/lanes/a.ts', '../formats/lanes.ts'],
  ['src/tools/a.ts', 'execa'],
  ['src/run/a.ts', '../tools/index.ts'],
  ['src/cli/a.ts', '../../reports/seal.ts'],
  ['claims/latency/a.ts', '../../src/statistics/binomial.ts'],
  ['claims/b.ts', 'zod'],
  ['claims/measures/ledger/c.ts', '../../../src/html/html-tag.ts'],
  ['src/plan/b.ts', '../../claims/scope.ts'],
  ['reports/judge/c.ts', '../../claims/index.ts'],
  ['chaos/b.ts', '../claims/index.ts'],
  ['reports/judge/a.ts', '../../src/formats/plan.ts'],
  ['reports/judge/b.ts', '../../src/statistics/binomial.ts'],
  ['reports/render/c.ts', '../../src/errors.ts'],
  ['reports/render/html/d.ts', '../../../src/html/plot.ts'],
  ['targets/world/a.ts', 'fastify'],
  ['targets/world/b.ts', './main.ts'],
  ['targets/world/worlds.ts', './active-active/world.ts'],
  ['targets/world/kit/a.ts', './programs/routing.ts'],
  ['targets/world/kit/postgres/b.ts', '../address.ts'],
  ['targets/world/residency/c.ts', '../kit/postgres/replay.ts'],
  ['targets/world/host/d.ts', '../worlds.ts'],
  ['scenarios/a.ts', 'k6/http'],
  ['scenarios/b.ts', 'k6'],
  ['scenarios/journeys/c.ts', '../../src/formats/recording.ts'],
  ['scenarios/journeys/d.ts', '../client.ts'],
  ['chaos/faults/a.ts', '../../src/config/types.ts'],
  ['chaos/a.ts', '../src/errors.ts'],
  ['targets/world/main.test.ts', '../../src/tools/index.ts'],
] as const;

interface Diagnostic {
  code: string;
  filename: string;
}

/** Lints a tree of one-import files with the repository's configuration; returns the files with errors. */
async function guilty(
  tree: readonly (readonly [string, string])[],
  rule = 'no-restricted-imports',
  what = 'import',
): Promise<Set<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'antipode-lint-'));
  try {
    const config = JSON.parse(await readFile(join(root, '.oxlintrc.json'), 'utf8')) as Record<string, unknown>;
    // Type rules are off: the temporary tree has no tsconfig.
    await writeFile(join(folder, '.oxlintrc.json'), JSON.stringify({ ...config, options: {} }));
    for (const [file, imported] of tree) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${what} { a } from '${imported}';\nexport type b = a;\n`);
    }
    const { stdout } = await execa(join(root, 'node_modules/.bin/oxlint'), ['-f', 'json', '.'], {
      cwd: folder,
      reject: false,
    });
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    return new Set(diagnostics.filter((d) => d.code.includes(rule)).map((d) => d.filename));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('the import rules', () => {
  let red: Set<string>;
  let green: Set<string>;
  beforeAll(async () => {
    [red, green] = [await guilty(FORBIDDEN), await guilty(ALLOWED)];
  });

  test.each(FORBIDDEN)('%s may not import %s', (file) => {
    expect(red).toContain(file);
  });

  test.each(ALLOWED)('%s may import %s', (file) => {
    expect(green).not.toContain(file);
  });

  test('count a cycle of type imports as a cycle', async () => {
    const circle = [
      ['chaos/a.ts', './b.ts'],
      ['chaos/b.ts', './a.ts'],
    ] as const;
    expect(await guilty(circle, 'no-cycle', 'import type')).toEqual(new Set(['chaos/a.ts', 'chaos/b.ts']));
  });

  test('cover every folder of src', async () => {
    const config = await readFile(join(root, '.oxlintrc.json'), 'utf8');
    const entries = await readdir(join(root, 'src'), { withFileTypes: true });
    for (const room of entries.filter((entry) => entry.isDirectory())) {
      expect(config).toContain(`"src/${room.name}/**"`);
    }
  });
});
