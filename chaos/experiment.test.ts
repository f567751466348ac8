import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadTarget } from '../src/config/load.ts';
import { EXIT } from '../src/errors.ts';
import type { ExperimentSpec } from '../src/formats/faults.ts';
import { experimentNames, readExperiment, resolveExperiment } from './experiment.ts';

const resolve = async (name: string, overrides: Record<string, string> = {}): Promise<ExperimentSpec> =>
  resolveExperiment(await readExperiment(name), overrides, await loadTarget('active-active'));

/** A file of its own with these lines after the usual head. */
async function written(lines: string, overrides: Record<string, string> = {}): Promise<ExperimentSpec> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-experiment-'));
  try {
    const path = join(dir, 'mine.yaml');
    await writeFile(path, `title: mine\nhypothesis: nothing happens\nprofile: gate-test\n${lines}`);
    return await resolve(path, overrides);
  } finally {
    await rm(dir, { recursive: true });
  }
}

const outage = (at: number, length: number): string =>
  `  - kind: region-outage\n    params: { region: ap-southeast-1, face: refused }\n    atSeconds: ${at}\n    forSeconds: ${length}\n`;
const blast = (seconds: number): string => `blastRadius: { requestShare: 1, seconds: ${seconds} }\n`;

describe('shipped experiments', () => {
  test('all fit the target active-active, and name at least one site for every fault', async () => {
    const names = await experimentNames();
    expect(names).toEqual(
      expect.arrayContaining(['region-outage', 'redis-loss', 'replication-delay', 'primary-outage']),
    );
    for (const name of names) {
      const experiment = await resolve(name);
      expect(experiment.regions.length, name).toBeGreaterThan(0);
      for (const fault of experiment.faults) expect(fault.sites.length, name).toBeGreaterThan(0);
    }
  });

  test('take another region and face by flag', async () => {
    const { faults, regions } = await resolve('region-outage', { region: 'eu-west-1', face: 'blackhole' });
    expect(faults[0]!.params).toMatchObject({ region: 'eu-west-1', face: 'blackhole' });
    expect(faults[0]!.sites.map(({ name }) => name)).toContain('ingress-eu-west-1');
    expect(regions).toEqual(['eu-west-1']);
  });
});

describe('a mistake is refused with exit 2, what it was and where', () => {
  const cases: [what: string, () => Promise<unknown>, RegExp][] = [
    ['an experiment that does not exist', () => resolve('region-outrage'), /no such experiment.*region-outage/],
    ['a region that the target lacks', () => resolve('region-outage', { region: 'mars-1' }), /mars-1.*us-east-1/],
    ['a face that does not exist', () => resolve('region-outage', { face: 'sulking' }), /face/],
    [
      'a flag that the experiment has no use for',
      () => resolve('region-outage', { mode: 'pause' }),
      /--mode.*--region/,
    ],
    [
      'a fault of unknown kind',
      () => written(`faults:\n  - kind: earthquake\n    forSeconds: 5\n${blast(5)}`),
      /:5:\d+.*earthquake/s,
    ],
    [
      'a parameter that the kind does not take',
      () =>
        written(
          `faults:\n  - kind: region-outage\n    params: { region: eu-west-1, face: refused, colour: red }\n    forSeconds: 5\n${blast(5)}`,
        ),
      /colour/,
    ],
    ['a duration over the limit', () => written(`faults:\n${outage(0, 601)}${blast(600)}`), /601.*600/],
    ['faults that last longer than declared', () => written(`faults:\n${outage(0, 20)}${blast(10)}`), /20 s.*10 s/],
    [
      'two faults at once on one link',
      () => written(`faults:\n${outage(0, 20)}${outage(10, 20)}${blast(30)}`),
      /overlap.*ingress-ap-southeast-1/,
    ],
    [
      'a fault on a link that the target does not have',
      () =>
        written(
          `faults:\n  - kind: replication-delay\n    params: { region: us-east-1, mode: delay }\n    forSeconds: 5\n${blast(5)}`,
        ),
      /active-active/,
    ],
    ['an unknown key', () => written(`fautls: []\nfaults:\n${outage(0, 5)}${blast(5)}`), /fautls/],
  ];
  test.each(cases)('%s', async (_, make, says) => {
    await expect(make()).rejects.toMatchObject({ exitCode: EXIT.usage, message: expect.stringMatching(says) });
  });
});
