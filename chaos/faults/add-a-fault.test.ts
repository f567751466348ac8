import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bite } from '../../test/fault-life.ts';
import { HTTP_QUESTION, openConnection, startRegions } from '../../test/fault-rig.ts';
import type { Fault } from '../fault.ts';

const HOUSE = fileURLToPath(new URL('../../', import.meta.url));
/** What sees a new kind: the rooms that speak of kinds, and all that they import. */
const ROOMS = [
  'chaos',
  'claims',
  'src/config',
  'src/formats',
  'src/geo',
  'src/statistics',
  'src/errors.ts',
  'src/did-you-mean.ts',
];

/** A copy of the house with the example added as docs/add-a-fault.md says. */
let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'antipode-example-'));
  for (const room of [...ROOMS, 'package.json', 'tsconfig.json'])
    await cp(join(HOUSE, room), join(copy, room), { recursive: true });
  await symlink(join(HOUSE, 'node_modules'), join(copy, 'node_modules'));
  const page = await readFile(join(HOUSE, 'docs/add-a-fault.md'), 'utf8');
  await writeFile(join(copy, 'chaos/faults/lost-answers.ts'), /^```ts\n(.*?)^```$/ms.exec(page)![1]!);
  await edit('src/formats/faults.ts', /(FAULT_KINDS = \[[^\]]*)\]/, "$1, 'lost-answers']");
  await edit('chaos/faults/index.ts', /(const FAULTS[^{]*\{)/, "$1 'lost-answers': lostAnswers,");
  await edit('chaos/faults/index.ts', /^(import )/m, "import { lostAnswers } from './lost-answers.ts';\n$1");
});
afterAll(() => rm(copy, { recursive: true, force: true }));

async function edit(file: string, from: RegExp, to: string): Promise<void> {
  const text = await readFile(join(copy, file), 'utf8');
  expect(text).toMatch(from);
  await writeFile(join(copy, file), text.replace(from, to));
}

it('the example of docs/add-a-fault.md compiles as it stands there', { timeout: 60_000 }, async () => {
  const config = { extends: './tsconfig.json', include: ['chaos', 'src'], exclude: ['**/*.test.ts'] };
  await writeFile(join(copy, 'tsconfig.example.json'), JSON.stringify(config));
  const { all } = await execa('node_modules/.bin/tsc', ['-p', 'tsconfig.example.json'], {
    cwd: copy,
    all: true,
    reject: false,
  });
  expect(all).toBe('');
});

it('and bites and heals', async () => {
  const { lostAnswers } = (await import(join(copy, 'chaos/faults/lost-answers.ts'))) as { lostAnswers: Fault<unknown> };
  expect(lostAnswers.kind).toBe('lost-answers');
  await using regions = await startRegions();
  using open = await openConnection(regions.ports['ingress-far']!, HTTP_QUESTION);
  await using fault = await bite(lostAnswers, regions.points, { region: 'far' });
  expect(fault.points.map(({ name }) => name)).toEqual(['ingress-far']);
  expect(['hangs', 'closed']).toContain((await open.ask()).fate);
  await fault.heal();
});
