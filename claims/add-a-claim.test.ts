import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Example, exampleOf } from '../test/example-of-page.ts';
import type * as Synthetic from '../test/judge-synthetic.ts';
import { ROW_STATE } from '../src/formats/recording.ts';

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
  'src/errors.ts',
  'src/did-you-mean.ts',
  'targets/world',
];

let copy: Example;
beforeAll(async () => {
  copy = await exampleOf('docs/add-a-claim.md', ROOMS, 'claims/redirects/kind.ts');
  await copy.edit('src/formats/claims.ts', /(CLAIM_KINDS = \[[^\]]*)\]/, "$1 'redirects']");
  await copy.edit('claims/index.ts', /(const CLAIMS = \{)/, '$1 redirects,');
  await copy.edit('claims/index.ts', /^(import )/m, "import { redirects } from './redirects/kind.ts';\n$1");
});
afterAll(() => copy[Symbol.asyncDispose]());

it('the example of docs/add-a-claim.md compiles as it stands there', { timeout: 120_000 }, async () => {
  expect(await copy.compiled(['claims', 'reports', 'chaos', 'src'])).toBe('');
});

it('and is red on redirects, green without', { timeout: 60_000 }, async () => {
  const { cellOf, judge } = (await import(join(copy.path, 'test/judge-synthetic.ts'))) as typeof Synthetic;
  const redirected = { state: ROW_STATE.redirected };
  const run = (share: number) =>
    judge({
      changePlan: ({ claims }) =>
        Object.assign(
          claims.find(({ id }) => id === 'availability')!,
          { kind: 'redirects', maxBadShare: 0.01 },
        ),
      plant: ({ row, home }) => (home === 1 && row % 100 < share * 100 ? redirected : undefined),
    });
  expect(cellOf(await run(0), 'availability', 'eu-west-1').status).toBe('PASS');
  const { status, why } = cellOf(await run(0.05), 'availability', 'eu-west-1');
  expect(status).toBe('FAIL');
  expect(why).toContain('were redirected');
});
