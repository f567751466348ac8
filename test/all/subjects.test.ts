import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CellVerdict, RunResult } from '../../reports/run-result.ts';
import { failed, judged, ROOT } from '../antipode.ts';

/** Four tenants with homes in three regions, travelling users, and claims per tenant, version and pair of regions. */
let folder: string;
let load: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-subjects-'));
  const [target, profile] = [join(folder, 'target.yaml'), join(folder, 'profile.yaml')];
  const own = await readFile(join(ROOT, 'targets/active-active/target.yaml'), 'utf8');
  await writeFile(
    target,
    `${own.replace('\noperations:', '\nversions: { 1: 0.9, 2: 0.1 }\noperations:')}
  - { id: each-tenant, kind: availability, classes: [read, write], per: tenant, maxBadShare: 0.02 }
  - { id: each-version, kind: availability, classes: [read, write], per: version, maxBadShare: 0.01 }
  - { id: each-pair, kind: identical-answers, per: pair, maxCount: 0 }
`,
  );
  const gate = await readFile(join(ROOT, 'geo-profiles/gate-test.yaml'), 'utf8');
  const tenants =
    'tenants: { count: 4, homes: { us-east-1: 0.5, eu-west-1: 0.25, ap-southeast-1: 0.25 }, travelShare: 0.1 }';
  await writeFile(profile, gate.replace(/^tenants:.*$/m, tenants));
  load = ['load', '--profile', profile, '--target', target];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const statuses = (result: RunResult | undefined, claim: string): Record<string, CellVerdict['status']> =>
  Object.fromEntries(result!.cells.filter((cell) => cell.claim === claim).map((cell) => [cell.subject, cell.status]));

test('claims per tenant, version and pair pass if each was tested; a version without responses is not tested', async () => {
  const { exitCode, result, text } = await judged([...load, '--seed', '5']);
  expect(statuses(result, 'each-tenant'), text).toEqual({
    'tenant-1': 'PASS',
    'tenant-2': 'PASS',
    'tenant-3': 'PASS',
    'tenant-4': 'PASS',
  });
  expect(statuses(result, 'each-version'), text).toEqual({ v1: 'PASS', v2: 'INCONCLUSIVE' });
  expect(Object.values(statuses(result, 'each-pair'))).toEqual(['PASS', 'PASS', 'PASS']);
  expect(exitCode).toBe(3);
});

test('and FAIL with the name of the affected subject: every pair that contains the differing region', async () => {
  const { exitCode, result, text } = await judged([...load, '--defect', 'odd-answers']);
  expect(failed(result), text).toEqual(
    ['each-pair eu-west-1/ap-southeast-1', 'each-pair us-east-1/eu-west-1', 'identical-answers eu-west-1'].toSorted(),
  );
  expect(exitCode).toBe(1);
});
