import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { failed, judged, ROOT } from '../antipode.ts';

/**
 * Every planted defect with the gating cells that must FAIL; no other cell may. A neighbour may be INCONCLUSIVE: 0.5 %
 * of failed requests are also 0.5 % of reads without a response in time.
 */
const DEFECTS: [defect: string, red: string[]][] = [
  ['slow-region', ['read-p99 eu-west-1']],
  ['stalled-region', ['read-p99 ap-southeast-1', 'write-p99 ap-southeast-1']],
  ['error-rate', ['availability eu-west-1']],
  ['stale-replica', ['staleness ap-southeast-1']],
  ['odd-answers', ['identical-answers eu-west-1']],
  ['purge-ignored', ['edge active-active']],
];

test.each(DEFECTS)('%s exits with 1 and names the right cell', async (defect, red) => {
  const { exitCode, result, text } = await judged(['load', '--profile', 'gate-test', '--defect', defect]);
  expect(failed(result), text).toEqual(red);
  expect(exitCode).toBe(1);
});

test('silent-region exits with 1: all but the direct clients were routed elsewhere', async () => {
  const { exitCode, result, text } = await judged(['load', '--profile', 'gate-test', '--defect', 'silent-region']);
  expect(failed(result), text).toEqual(['home-share ap-southeast-1']);
  expect(exitCode).toBe(1);
});

test('wrong-region exits with 1 on a profile with users in Tokyo', async () => {
  const { exitCode, result, text } = await judged([
    'load',
    '--profile',
    'apac-heavy',
    '--duration',
    '40',
    '--defect',
    'wrong-region',
  ]);
  expect(failed(result), text).toEqual(['home-share ap-southeast-1']);
  expect(exitCode).toBe(1);
});

test('unlucky-tenant exits with 1 and names the tenant, whose failures no other claim shows', async () => {
  const { exitCode, result, text } = await judged(['load', '--profile', 'gate-test', '--defect', 'unlucky-tenant']);
  expect(failed(result), text).toEqual(['any-tenant active-active']);
  expect(result!.cells.find(({ kind }) => kind === 'tenant-availability')!.why).toContain('of tenant-67 failed');
  expect(exitCode).toBe(1);
});

test('lost-writes exits with 1 under load alone if the target claims that no write is lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'antipode-data-claims-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const own = await readFile(join(ROOT, 'targets/active-active/target.yaml'), 'utf8');
  const target = join(folder, 'target.yaml');
  await writeFile(target, `${own}  - { id: nothing-lost, kind: lost-writes, maxCount: 0 }\n`);
  const load = ['load', '--profile', 'gate-test', '--target', target];
  const healthy = await judged(load);
  expect(healthy.result!.cells.filter(({ claim }) => claim === 'nothing-lost').map(({ status }) => status)).toEqual([
    'PASS',
    'PASS',
    'PASS',
  ]);
  const { exitCode, result, text } = await judged([...load, '--defect', 'lost-writes']);
  expect(failed(result), text).toEqual(
    ['eu-west-1', 'us-east-1', 'ap-southeast-1'].map((id) => `nothing-lost ${id}`).toSorted(),
  );
  expect(exitCode).toBe(1);
});
