import { cp, mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as Synthetic from '../test/judge-synthetic.ts';
import { ROW_STATE } from '../src/formats/recording.ts';

const HOUSE = fileURLToPath(new URL('../', import.meta.url));
/** What sees a new kind: the rooms that speak of kinds, and all that they import. */
const ROOMS = [
  'claims',
  'reports',
  'src/config',
  'src/formats',
  'src/geo',
  'src/html',
  'src/plan',
  'src/statistics',
  'chaos',
  'test',
];
const FILES = ['src/errors.ts', 'src/did-you-mean.ts', 'targets/world', 'package.json', 'tsconfig.json'];

/** A copy of the house with the example added as docs/add-a-claim.md says. */
let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'antipode-example-'));
  for (const room of [...ROOMS, ...FILES]) await cp(join(HOUSE, room), join(copy, room), { recursive: true });
  await symlink(join(HOUSE, 'node_modules'), join(copy, 'node_modules'));
  const page = await readFile(join(HOUSE, 'docs/add-a-claim.md'), 'utf8');
  await mkdir(join(copy, 'claims/redirects'));
  await writeFile(join(copy, 'claims/redirects/kind.ts'), /^```ts\n(.*?)^```$/ms.exec(page)![1]!);
  await edit('src/formats/claims.ts', /(CLAIM_KINDS = \[[^\]]*)\]/, "$1 'redirects']");
  await edit('claims/index.ts', /(const CLAIMS = \{)/, '$1 redirects,');
  await edit('claims/index.ts', /^(import )/m, "import { redirects } from './redirects/kind.ts';\n$1");
});
afterAll(() => rm(copy, { recursive: true, force: true }));

async function edit(file: string, from: RegExp, to: string): Promise<void> {
  const text = await readFile(join(copy, file), 'utf8');
  expect(text).toMatch(from);
  await writeFile(join(copy, file), text.replace(from, to));
}

it('the example of docs/add-a-claim.md compiles as it stands there', { timeout: 120_000 }, async () => {
  const include = ['claims', 'reports', 'chaos', 'src'];
  const config = { extends: './tsconfig.json', include, exclude: ['**/*.test.ts'] };
  await writeFile(join(copy, 'tsconfig.example.json'), JSON.stringify(config));
  const { all } = await execa('node_modules/.bin/tsc', ['-p', 'tsconfig.example.json'], {
    cwd: copy,
    all: true,
    reject: false,
  });
  expect(all).toBe('');
});

it('and is red on redirects, green without', { timeout: 60_000 }, async () => {
  const { cellOf, judge } = (await import(join(copy, 'test/judge-synthetic.ts'))) as typeof Synthetic;
  const redirected = { state: ROW_STATE.redirected };
  const run = (share: number) =>
    judge({
      changePlan: ({ claims }) =>
        Object.assign(
          claims.find(({ id }) => id === 'good')!,
          { kind: 'redirects', maxBadShare: 0.01 },
        ),
      plant: ({ row, home }) => (home === 1 && row % 100 < share * 100 ? redirected : undefined),
    });
  expect(cellOf(await run(0), 'good', 'eu-west-1').status).toBe('PASS');
  const { status, why } = cellOf(await run(0.05), 'good', 'eu-west-1');
  expect(status).toBe('FAIL');
  expect(why).toContain('answered by way of a redirect');
});
