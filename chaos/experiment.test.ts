import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadTarget } from '../src/config/load.ts';
import { EXIT } from '../src/errors.ts';
import type { ExperimentSpec } from '../src/formats/faults.ts';
import { experimentNames, readExperiment, resolveExperiment } from './experiment.ts';

const resolve = async (
  name: string,
  overrides: Record<string, string> = {},
  target = 'active-active',
): Promise<ExperimentSpec> => resolveExperiment(await readExperiment(name), overrides, await loadTarget(target));

/** A file of its own with these lines after the usual head. */
const written = (lines: string, overrides: Record<string, string> = {}): Promise<ExperimentSpec> =>
  withFile(lines, (path) => resolve(path, overrides));

async function withFile<T>(lines: string, work: (path: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-experiment-'));
  try {
    const path = join(dir, 'mine.yaml');
    await writeFile(path, `title: mine\nhypothesis: nothing happens\nprofile: gate-test\n${lines}`);
    return await work(path);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** A file that evacuates like this while these regions are lost for 20 s. */
const evacuated = (fields: string, regions = ['ap-southeast-1']): Promise<ExperimentSpec> =>
  written(
    `faults:\n${regions.map((region) => outage(0, 20).replace('ap-southeast-1', region)).join('')}${blast(20)}evacuate: { ${fields} }\n`,
  );

const outage = (at: number, length: number): string =>
  `  - kind: region-outage\n    params: { region: ap-southeast-1, face: refused }\n    atSeconds: ${at}\n    forSeconds: ${length}\n`;
const blast = (seconds: number): string => `blastRadius: { requestShare: 1, seconds: ${seconds} }\n`;

describe('shipped experiments', () => {
  /** They keep claims that only this target has. */
  const OF_SINGLE_BRAIN = ['own-writes-under-lag', 'replica-loss'];

  test('all fit a target of ours, and name at least one site for every fault', async () => {
    const names = await experimentNames();
    expect(names).toEqual(
      expect.arrayContaining(['region-outage', 'redis-loss', 'replication-delay', 'primary-outage']),
    );
    for (const name of names) {
      const target = OF_SINGLE_BRAIN.includes(name) ? 'single-brain' : 'active-active';
      const experiment = await resolve(name, {}, target);
      expect(experiment.regions.length, name).toBeGreaterThan(0);
      for (const fault of experiment.faults) expect(fault.sites.length, name).toBeGreaterThan(0);
    }
  });

  test('are refused by a target without the claims that they keep', async () => {
    await expect(resolve('replica-loss')).rejects.toThrow(
      /replica-loss\.yaml:\d+:\d+: target active-active has no such claim on requests: got write-source, expected one of read-p99/,
    );
  });

  test('take another region and face by flag', async () => {
    const { faults, regions } = await resolve('region-outage', { region: 'eu-west-1', face: 'blackhole' });
    expect(faults[0]!.params).toMatchObject({ region: 'eu-west-1', face: 'blackhole' });
    expect(faults[0]!.sites.map(({ name }) => name)).toContain('ingress-eu-west-1');
    expect(regions).toEqual(['eu-west-1']);
  });
});

describe('an evacuation', () => {
  test('fills in the affected region, is undone by the world, and times out after a minute by default', async () => {
    const { evacuate } = await evacuated('afterSeconds: 5, url: "/evacuate/{region}"');
    expect(evacuate).toEqual({
      title: 'POST /evacuate/ap-southeast-1',
      afterMs: 5_000,
      ask: { url: '/evacuate/ap-southeast-1' },
      undo: { url: '/evacuate/ap-southeast-1/end' },
      timeoutMs: 60_000,
      regions: ['ap-southeast-1'],
    });
  });

  test('may be a command, whose title hides the account, and is not undone by default', async () => {
    const { evacuate } = await evacuated(
      'afterSeconds: 0, timeoutSeconds: 5, command: [aws, arc-zonal-shift, start, "arn:aws:x:{region}:123456789099:y"]',
    );
    expect(evacuate).toMatchObject({
      title: 'aws arc-zonal-shift start arn:aws:x:ap-southeast-1:************:y',
      ask: { command: ['aws', 'arc-zonal-shift', 'start', 'arn:aws:x:ap-southeast-1:123456789099:y'] },
      undo: null,
      timeoutMs: 5_000,
    });
    const taken = await evacuated('afterSeconds: 0, command: [out], undo: { command: [back, "{region}"] }');
    expect(taken.evacuate!.undo).toEqual({ command: ['back', 'ap-southeast-1'] });
  });

  test('of this machine, or of a host that the target allows, may have any address', async () => {
    const { evacuate } = await evacuated('afterSeconds: 2, url: "http://localhost:8080/shift?to=eu"');
    expect(evacuate).toMatchObject({ ask: { url: 'http://localhost:8080/shift?to=eu' }, undo: null });
  });

  test('of your own target needs a URL or a command', async () => {
    const target = await loadTarget('active-active');
    const regions = target.regions.map((region) => ({ ...region, url: 'https://eu.example.com' }));
    const own = { ...target, world: null, regions, allowHosts: ['Eu.Example.com'] };
    const ask = (url: string) =>
      withFile(`faults:\n${outage(0, 20)}${blast(20)}evacuate: { afterSeconds: 2, url: "${url}" }\n`, async (path) =>
        resolveExperiment(await readExperiment(path), {}, own, 'fis'),
      );
    await expect(ask('/evacuate/{region}')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(/is not a world: it has no control API/) as string,
    });
    for (const host of ['eu.example.com', 'EU.example.com', 'eu.example.com.'])
      expect((await ask(`https://${host}/shift`)).evacuate, host).toMatchObject({ undo: null });
  });
});

describe('through FIS', () => {
  const file = (kind: string) =>
    withFile(
      `faults:\n  - kind: ${kind}\n    params: { region: eu-west-1, face: refused }\n    forSeconds: 20\n${blast(20)}`,
      (path) => readExperiment(path),
    );

  test('a fault is what FIS really does, lasts as long as planned once it is in effect, and is probed at the same sites', async () => {
    const target = await loadTarget('active-active');
    const { faults, settleMs } = resolveExperiment(await file('region-outage'), {}, target, 'fis');
    const own = resolveExperiment(await file('region-outage'), {}, target);
    expect(faults[0]).toMatchObject({ params: { face: 'blackhole' }, fromMs: 0, lastsMs: 20_000, toMs: 25_000 });
    expect(faults[0]!.sites).toEqual(own.faults[0]!.sites);
    expect(settleMs - own.settleMs).toBe(5_000);
  });

  test('a fault without a probe is refused before any call', async () => {
    const target = await loadTarget('active-active');
    const regions = target.regions.map((region) => ({ ...region, url: 'https://eu.example.com' }));
    const through = async (kind: string, probes: object) => {
      const fis = { ...target.fis!, regions: { ...target.fis!.regions } };
      fis.regions['eu-west-1'] = { ...fis.regions['eu-west-1']!, probes };
      return resolveExperiment(await file(kind), {}, { ...target, world: null, regions, fis }, 'fis');
    };
    await expect(through('redis-loss', {})).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringMatching(
        /:\d+:\d+: no probe can confirm that this fault takes effect.*probes\.redis-loss/s,
      ) as string,
    });
    const seen = await through('redis-loss', { 'redis-loss': 'https://eu.example.com/redis' });
    expect(seen.faults[0]!.sites).toMatchObject([{ driver: 'fis', name: 'redis-loss-eu-west-1' }]);
    expect((await through('region-outage', {})).faults[0]!.sites).toMatchObject([{ name: 'region-outage-eu-west-1' }]);
  });
});

describe('a mistake is refused with exit 2, what it was and where', () => {
  const cases: [what: string, () => Promise<unknown>, RegExp][] = [
    ['an experiment that does not exist', () => resolve('region-outrage'), /unknown experiment.*region-outage/],
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
      'a parameter that the kind does not have',
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
    [
      'an evacuation without url or command',
      () => evacuated('afterSeconds: 2'),
      /needs either `url:` or `command:`: got neither/,
    ],
    [
      'an evacuation with both url and command',
      () => evacuated('afterSeconds: 2, url: /evacuate/eu-west-1, command: [out]'),
      /got both/,
    ],
    [
      'an evacuation after the fault',
      () => evacuated('afterSeconds: 20, url: /evacuate/eu-west-1'),
      /over before the evacuation.*20 s.*less than 20 s/,
    ],
    [
      'an evacuation without its instant',
      () => evacuated('url: /evacuate/eu-west-1'),
      /`evacuate.afterSeconds` is missing/,
    ],
    [
      'an evacuation that takes too long',
      () => evacuated('afterSeconds: 2, timeoutSeconds: 601, url: /evacuate/eu-west-1'),
      /timeoutSeconds.*601/,
    ],
    [
      'a host that the target does not allow',
      () => evacuated('afterSeconds: 2, url: "https://elsewhere.example.com/evacuate"'),
      /not allowed.*elsewhere.example.com.*this machine, or a host of allowHosts \(127.0.0.1\)/,
    ],
    [
      'such a host to undo it by',
      () => evacuated('afterSeconds: 2, url: /evacuate/x, undo: { url: "http://elsewhere.example.com/" }'),
      /not allowed.*elsewhere.example.com/,
    ],
    [
      'an invalid URL',
      () => evacuated('afterSeconds: 2, url: evacuate/eu-west-1'),
      /evacuate.url.*an http:\/\/ or https:\/\/ URL/,
    ],
    [
      'a URL with credentials',
      () => evacuated('afterSeconds: 2, url: "http://me:secret@127.0.0.1/"'),
      /evacuate.url.*without a user/,
    ],
    [
      'a placeholder that does not exist',
      () => evacuated('afterSeconds: 2, url: "/evacuate/{regoin}"'),
      /unknown placeholder.*\{regoin\}.*\{region\}/,
    ],
    [
      'an unknown key of an evacuation',
      () => evacuated('after: 2, url: /evacuate/eu-west-1'),
      /unknown key in `evacuate`.*`after`/,
    ],
    [
      'an evacuation of all regions',
      () => evacuated('afterSeconds: 2, url: /evacuate/eu-west-1', ['us-east-1', 'eu-west-1', 'ap-southeast-1']),
      /no region to evacuate to/,
    ],
    [
      'an evacuation of the one region where there are two',
      () => evacuated('afterSeconds: 2, url: "/evacuate/{region}"', ['eu-west-1', 'ap-southeast-1']),
      /`\{region\}` is ambiguous.*eu-west-1, ap-southeast-1/,
    ],
    [
      'a limit on the evacuation without an evacuation',
      () => written(`faults:\n${outage(0, 5)}${blast(5)}limits: { evacuationSeconds: 5 }\n`),
      /has no evacuation.*an `evacuate:` block/,
    ],
    ['an unknown key', () => written(`fautls: []\nfaults:\n${outage(0, 5)}${blast(5)}`), /fautls/],
  ];
  test.each(cases)('%s', async (_, make, says) => {
    await expect(make()).rejects.toMatchObject({ exitCode: EXIT.usage, message: expect.stringMatching(says) });
  });
});
