import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PlanExperiment } from '../../../src/formats/faults.ts';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import { controlsOfRig, outageThroughFis } from '../../../test/fis-experiment.ts';
import { type LiveExperiment, liveExperiment } from '../../../test/lifecycle-rig.ts';
import { processesNaming } from '../../../test/process-tree.ts';
import { leftoversOf } from '../../leftovers.ts';
import { stopAll } from '../../undo.ts';
import { fisPool } from './client/client.ts';
import { TAGS } from './format.ts';
import { type FisRig, outageOf, REGIONS, startFisRig } from '../../../test/fis-rig.ts';

// The lifecycle of an experiment with keeper and FIS: real SDK, real Toxiproxy, a local endpoint. The clock
// is the wall's; FIS's own steps are short.

let rig: FisRig;
beforeAll(
  async () => void (rig = await startFisRig({ timing: { pendingMs: 50, initiatingMs: 200, rollBackMs: 300 } })),
);
afterAll(() => rig?.close());
beforeEach(() => rig.fail());
afterEach(async () => {
  await rig.fail();
  await rig.calm();
});

let runs = 0;
const newRun = (): string => `20261127-0100-fis-life-${(runs += 1)}`;
const begin = (
  onEvent?: Parameters<typeof liveExperiment>[2],
  length?: { forMs?: number; lastsMs?: number },
): Promise<LiveExperiment> => liveExperiment(outageThroughFis(length), controlsOfRig(rig), onEvent, newRun());
const left = async () => {
  const { left: found, unreachable } = await leftoversOf(controlsOfRig(rig));
  expect(unreachable).toEqual([]);
  return found;
};
const of = <K extends JournalEvent['kind']>(events: JournalEvent[], kind: K) =>
  events.filter((event): event is Extract<JournalEvent, { kind: K }> => event.kind === kind);
const expectNothingLeft = async (withinMs = 1_000): Promise<void> => {
  await expect.poll(rig.held, { timeout: withinMs, interval: 100 }).toEqual([]);
  await expect.poll(left, { timeout: withinMs, interval: 250 }).toEqual([]);
};

/** When experiments of a region began to stop since then, epoch ms, by the endpoint's own memory. */
const stoppedAt = async (region: string, sinceMs: number): Promise<number[]> => {
  const answer = await fetch(`${rig.url}/_local/experiments`);
  const all = (await answer.json()) as Record<string, Record<string, { history: { status: string; at: number }[] }>>;
  return Object.values(all[region]!).flatMap(({ history }) =>
    history.filter(({ status, at }) => status === 'stopping' && at * 1000 >= sinceMs).map(({ at }) => at * 1000),
  );
};

describe('an experiment through FIS', () => {
  it('lists its resources, takes effect, is undone and is journaled with ARN, state, times and targets', async () => {
    await using live = await begin(undefined, { forMs: 3_000 });
    const previews = of(live.events, 'fis-preview');
    expect(previews.map(({ region }) => region).toSorted()).toEqual([...REGIONS].toSorted());
    expect(previews.every(({ targets }) => targets.length > 0)).toBe(true);
    expect(await rig.held()).toEqual([]);
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('done');
    expect(of(live.events, 'fault-bites')).toMatchObject([{ bites: true }]);
    expect(of(live.events, 'fault-gone')).toMatchObject([{ gone: true }]);
    const [ended] = of(live.events, 'fis-ended');
    expect(ended).toMatchObject({ place: { endpoint: rig.url, scale: 1 }, notExercised: [], suspects: [] });
    expect(ended!.experiments.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
    for (const { arn, region, id, startEpochMs, endEpochMs, targets, actions } of ended!.experiments) {
      expect(arn).toBe(`arn:aws:fis:${region}:************:experiment/${id}`);
      expect(endEpochMs! - startEpochMs!).toBeGreaterThan(1_000);
      expect(targets.length).toBeGreaterThan(0);
      expect(actions.length).toBeGreaterThan(0);
    }
    expect(JSON.stringify(live.events)).not.toMatch(/(?<!\d)\d{12}(?!\d)/);
    await expectNothingLeft();
  });

  it('whose preview would inject, because its mode is not echoed, does not begin, and nothing is left', async () => {
    await rig.fail({ kind: 'no-options-echo', region: 'eu-west-1', operation: 'StartExperiment' });
    await expect(begin()).rejects.toMatchObject({ failure: 'unsafe', exitCode: 4 });
    await rig.fail();
    await expectNothingLeft(5_000);
  });

  it('that would hit nothing in one region does not begin: INVALID, and never PASS', async () => {
    const controls = controlsOfRig(rig);
    const { target } = controls.fis!;
    const empty = { ...target.regions['ap-southeast-1']!, subnets: { tags: { Nobody: 'has' }, filters: {} } };
    const fis = { ...controls.fis!, target: { ...target, regions: { ...target.regions, 'ap-southeast-1': empty } } };
    await expect(liveExperiment(outageThroughFis(), { ...controls, fis }, undefined, newRun())).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('FIS in ap-southeast-1: the preview ended as failed'),
    });
    await expectNothingLeft();
  });

  it('of which one region does not start is stopped everywhere, and says why', async () => {
    await using live = await begin();
    await rig.fail({ kind: 'experiment-failed', region: 'us-east-1', message: 'Role is not authorized.' });
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('no-effect');
    expect(live.lifecycle.damaged).toBe(false);
    const [failed] = of(live.events, 'fault-failed');
    expect(failed!.message).toContain(
      'FIS in us-east-1: the experiment did not run: got failed (Role is not authorized.',
    );
    expect(of(live.events, 'fault-bites')).toEqual([]);
    await expectNothingLeft();
  });

  it('is stopped everywhere within ten seconds when the alarm of one region goes off, as by a guard', async () => {
    let trippedMs = 0;
    await using live = await begin((event) => {
      if (event.kind !== 'fault-bites') return;
      trippedMs = Date.now();
      void rig.trip('eu-west-1');
    });
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('guard');
    expect(of(live.events, 'guard')).toMatchObject([{ guard: 'fis-stop', message: expect.stringContaining('alarm') }]);
    expect(of(live.events, 'fault-gone')).toMatchObject([{ gone: true }]);
    for (const region of REGIONS) {
      const [at] = await stoppedAt(region, trippedMs - 1_000);
      expect(at, region).toBeLessThan(trippedMs + 10_000);
    }
    await expectNothingLeft();
  });

  it('that takes effect too late to last ends early', async () => {
    await using live = await begin(undefined, { forMs: 4_000, lastsMs: 3_900 });
    await rig.fail({ kind: 'slow-initiating', region: 'ap-southeast-1', seconds: 2 });
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('ended-early');
    expect(of(live.events, 'fault-failed')[0]!.message).toMatch(
      /took effect so late that it would last only [\d.]+ of 3\.9 s/,
    );
    await rig.fail();
    await expectNothingLeft();
  });

  it('that FIS ends before its time is no experiment any more', async () => {
    await using live = await begin();
    await rig.fail({ kind: 'action-failed', actionId: 'aws:network:disrupt-connectivity', region: 'ap-southeast-1' });
    live.lifecycle.begin(Date.now());
    expect(['ended-early', 'no-effect']).toContain(await live.lifecycle.ended);
    expect(of(live.events, 'fault-failed')).toHaveLength(1);
    await rig.fail();
    await expectNothingLeft();
  });

  it('with a skipped action reports it as not exercised', async () => {
    await using live = await begin(undefined, { forMs: 2_000 });
    const actionId = 'aws:network:route-table-disrupt-cross-region-connectivity';
    await rig.fail({ kind: 'action-skipped', region: 'eu-west-1', actionId });
    live.lifecycle.begin(Date.now());
    // With its only action skipped, the experiment of that region is over at once.
    expect(['ended-early', 'no-effect']).toContain(await live.lifecycle.ended);
    const [ended] = of(live.events, 'fis-ended');
    expect(ended!.notExercised).toEqual([expect.stringContaining(`${actionId} in eu-west-1: skipped`)]);
    await rig.fail();
    await expectNothingLeft();
  });

  it('leaves the experiments of others alone, even with similar tags', async () => {
    const pool = fisPool({ endpoint: rig.url });
    try {
      const fis = pool.in('eu-west-1');
      const { template } = outageOf(rig.target).parts.find(({ awsRegion }) => awsRegion === 'eu-west-1')!;
      const tags = { ...template.tags, [TAGS.owner]: 'somebody-else' };
      const templateId = await fis.createTemplate({ ...template, tags }, `theirs-${Date.now()}`);
      const order = { templateId, clientToken: `theirs-${Date.now()}`, actionsMode: 'run-all', tags } as const;
      const theirs = await fis.start(order);
      {
        await using live = await begin(undefined, { forMs: 1_000 });
        live.lifecycle.begin(Date.now());
        expect(['done', 'no-effect']).toContain(await live.lifecycle.ended);
      }
      await stopAll(await left());
      expect(['pending', 'initiating', 'running']).toContain((await fis.experiment(theirs.id)).status);
      await fis.stop(theirs.id);
      await expect.poll(async () => (await fis.experiment(theirs.id)).status, { timeout: 5_000 }).toBe('stopped');
      await fis.deleteTemplate(templateId);
    } finally {
      pool.close();
    }
    await expectNothingLeft();
  });
});

describe('a harness that is killed', () => {
  const isState = (state: string) => (event: JournalEvent) => event.kind === 'state' && event.state === state;
  const startVictim = (TMPDIR: string, experiment: PlanExperiment) => {
    const given = JSON.stringify({ runId: newRun(), experiment, controls: controlsOfRig(rig) });
    const args = ['--import', 'tsx', 'test/fis-victim.ts', given];
    return execa(process.execPath, args, { reject: false, timeout: 30_000, env: { TMPDIR } });
  };
  const until = async (
    { stdout }: ReturnType<typeof startVictim>,
    is: (event: JournalEvent) => boolean,
  ): Promise<void> => {
    for await (const line of createInterface({ input: stdout })) if (is(JSON.parse(line) as JournalEvent)) return;
    throw new Error('it ended before');
  };
  const isKind = (kind: string) => (event: JournalEvent) => event.kind === kind;

  it.each<[when: string, is: (event: JournalEvent) => boolean, fromMs: number]>([
    ['before its load began', isKind('ready'), 60_000],
    ['in BASELINE', isState('BASELINE'), 60_000],
    ['with a fault about to begin', isKind('fault-intent'), 0],
    ['with a fault that starts', isState('ACTIVE'), 0],
    ['in ACTIVE', isKind('fault-bites'), 0],
    ['in REVERTING', isState('REVERTING'), 0],
    ['in RECOVERING', isState('RECOVERING'), 0],
  ])(
    '%s leaves nothing: the keeper ends what runs and deletes what was made',
    async (_, is, fromMs) => {
      const place = await mkdtemp(join(tmpdir(), 'fis-victim-'));
      const victim = startVictim(place, outageThroughFis({ fromMs, forMs: 2_000 }));
      try {
        await until(victim, is);
        victim.kill('SIGKILL');
        await victim;
        await expectNothingLeft(20_000);
        await expect
          .poll(() => processesNaming(place).map(({ command }) => command), { timeout: 20_000, interval: 250 })
          .toEqual([]);
      } finally {
        victim.kill('SIGKILL');
        await rm(place, { recursive: true, force: true });
      }
    },
    60_000,
  );

  it('before the keeper holds its templates leaves them to heal, which finds them by their tags', async () => {
    const place = await mkdtemp(join(tmpdir(), 'fis-victim-'));
    const victim = startVictim(place, outageThroughFis());
    await until(victim, isKind('fis-preview'));
    victim.kill('SIGKILL');
    await victim;
    await rm(place, { recursive: true, force: true });
    await stopAll(await left());
    await expectNothingLeft();
  }, 40_000);
});
