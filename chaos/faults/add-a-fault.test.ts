import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Example, exampleOf } from '../../test/example-of-page.ts';
import { startFault } from '../../test/fault-life.ts';
import { HTTP_REQUEST, openConnection, startRegions } from '../../test/fault-rig.ts';
import type { Fault } from '../fault.ts';

/** What sees a new kind: the rooms that speak of kinds, and all that they import. */
const ROOMS = [
  'chaos',
  'claims',
  'src/config',
  'src/formats',
  'src/geo',
  'src/html',
  'src/statistics',
  'src/errors.ts',
  'src/did-you-mean.ts',
];

let copy: Example;
beforeAll(async () => {
  copy = await exampleOf('docs/add-a-fault.md', ROOMS, 'chaos/faults/lost-answers.ts');
  await copy.edit('src/formats/faults.ts', /(FAULT_KINDS = \[[^\]]*)\]/, "$1 'lost-answers']");
  await copy.edit('chaos/faults/index.ts', /(const FAULTS[^{]*\{)/, "$1 'lost-answers': lostAnswers,");
  await copy.edit('chaos/faults/index.ts', /^(import )/m, "import { lostAnswers } from './lost-answers.ts';\n$1");
});
afterAll(() => copy[Symbol.asyncDispose]());

it('the example of docs/add-a-fault.md compiles unchanged', { timeout: 60_000 }, async () => {
  expect(await copy.compiled(['chaos', 'src'])).toBe('');
});

it('takes effect and is cleared', async () => {
  const { lostAnswers } = (await import(join(copy.path, 'chaos/faults/lost-answers.ts'))) as {
    lostAnswers: Fault<unknown>;
  };
  expect(lostAnswers.kind).toBe('lost-answers');
  await using regions = await startRegions();
  using open = await openConnection(regions.ports['ingress-far']!, HTTP_REQUEST);
  await using fault = await startFault(lostAnswers, regions.points, { region: 'far' });
  expect(fault.points.map(({ name }) => name)).toEqual(['ingress-far']);
  expect(['hangs', 'closed']).toContain((await open.send()).fate);
  await fault.heal();
});
