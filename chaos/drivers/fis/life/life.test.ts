import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fisPool, type FisPool } from '../client/client.ts';
import { TAGS } from '../format.ts';
import type { FisUndo } from '../../../../src/formats/faults.ts';
import { previewAll, type Previewed, undoOf } from './preview.ts';
import { type FisRig, outageOf, REGIONS, startFisRig } from '../../../../test/fis-rig.ts';
import { followFis, notExercised, recordOf, type Running, startFis, stopEverywhere } from './run.ts';
import { leftoversInFis, stopFis, suspectsOf } from './stop.ts';

let rig: FisRig;
let pool: FisPool;
beforeAll(async () => void (rig = await startFisRig()));
afterAll(() => rig?.close());
beforeEach(async () => {
  await rig.fail();
  pool = fisPool({ endpoint: rig.url });
});
afterEach(async () => {
  await rig.fail();
  await rig.calm();
  const left = await leftoversInFis(pool, [...REGIONS], 'antipode-local', rig.url);
  await stopEverywhere(left, SOON);
  pool.close();
});

const SOON = { everyMs: 50, withinMs: 15_000, listedWithinMs: 500 };
const OPTIONS = (): { pool: FisPool; everyMs: number; startWithinMs: number; stop: typeof SOON } => ({
  pool,
  everyMs: 50,
  startWithinMs: 10_000,
  stop: SOON,
});
const preview = (forMs = 600_000): Promise<Previewed[]> =>
  previewAll(outageOf(rig.target, 'ap-southeast-1', forMs).parts, { pool, endpoint: rig.url, everyMs: 50 });
const prepared = async (): Promise<FisUndo[]> => (await preview()).map((one) => undoOf(one, rig.url));
const begin = async (signal = new AbortController().signal): Promise<Running[]> =>
  startFis(await prepared(), signal, OPTIONS());
/** Our templates and running experiments. */
const left = async (): Promise<FisUndo[]> => leftoversInFis(pool, [...REGIONS], 'antipode-local', rig.url);

describe('a preview of all regions', () => {
  it('lists the resources it would act on, and changes nothing', async () => {
    const previewed = await preview();
    expect(previewed.map(({ part }) => part.region).toSorted()).toEqual([...REGIONS].toSorted());
    for (const { targets, doubts } of previewed) {
      expect(targets.length).toBeGreaterThan(0);
      expect(targets[0]).toMatchObject({ resourceType: 'aws:ec2:subnet' });
      expect(doubts).toEqual([]);
    }
    expect(await rig.held()).toEqual([]);
  });

  it('that finds nothing in one region is refused, and no template is left in any', async () => {
    const { parts } = outageOf(rig.target);
    const elsewhere = parts.map((part) => {
      if (part.region !== 'eu-west-1') return part;
      const targets = Object.fromEntries(
        Object.entries(part.template.targets).map(([name, one]) => [name, { ...one, resourceTags: { Nobody: 'has' } }]),
      );
      return { ...part, template: { ...part.template, targets } };
    });
    await expect(previewAll(elsewhere, { pool, endpoint: rig.url, everyMs: 50 })).rejects.toThrow(
      /FIS in eu-west-1: the preview ended as failed.*every selector must match a resource/s,
    );
    expect(await left()).toEqual([]);
  });

  it('that would inject, because its mode is not echoed, stops', async () => {
    await rig.fail({ kind: 'no-options-echo', region: 'eu-west-1', operation: 'StartExperiment' });
    await expect(preview()).rejects.toMatchObject({ failure: 'unsafe' });
    expect(await left()).toEqual([]);
    expect(await rig.held()).toEqual([]);
  });
});

describe('a fault over three regions', () => {
  it('runs in all, takes effect, and is undone with nothing left', async () => {
    const running = await begin();
    expect(running.map(({ experiment }) => experiment.status)).toEqual(['running', 'running', 'running']);
    await expect.poll(rig.held).toContainEqual(expect.stringContaining('ingress-ap-southeast-1'));
    const ended = await stopEverywhere(
      running.map(({ undo }) => undo),
      SOON,
    );
    expect(ended.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(await rig.held()).toEqual([]);
    expect(await left()).toEqual([]);
    expect(ended.flatMap(suspectsOf)).toEqual([]);
    expect(notExercised(ended)).toEqual([]);
    const again = await Promise.all(running.map(({ undo }) => stopFis(undo, SOON)));
    expect(again.map(({ how }) => how)).toEqual(['clean', 'clean', 'clean']);
  });

  it('is stopped everywhere when one region does not start', async () => {
    const undo = await prepared();
    await rig.fail({ kind: 'experiment-failed', region: 'us-east-1', message: 'Role is not authorized.' });
    const error = await startFis(undo, new AbortController().signal, OPTIONS()).catch((e: Error) => e);
    expect(error).toMatchObject({ exitCode: 4 });
    expect((error as Error).message).toContain(
      'FIS in us-east-1: the experiment did not run: got failed (Role is not authorized.',
    );
    expect((error as Error).message).toContain('prints its whole policy');
    expect(await rig.held()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it('is stopped everywhere when one region takes too long to start', async () => {
    const undo = await prepared();
    await rig.fail({ kind: 'slow-initiating', region: 'eu-west-1', seconds: 3_600 });
    const options = { ...OPTIONS(), startWithinMs: 1_500 };
    await expect(startFis(undo, new AbortController().signal, options)).rejects.toThrow(/did not start within 1\.5 s/);
    expect(await left()).toEqual([]);
  });

  it('is stopped everywhere when it is aborted while starting', async () => {
    const undo = await prepared();
    const off = new AbortController();
    await rig.fail({ kind: 'slow-initiating', region: 'eu-west-1', seconds: 3_600 });
    const starting = startFis(undo, off.signal, OPTIONS());
    await expect.poll(async () => (await rig.held()).length).toBeGreaterThan(0);
    off.abort();
    await expect(starting).rejects.toThrow(/got aborted/);
    expect(await left()).toEqual([]);
    expect(await rig.held()).toEqual([]);
  });

  it('starts once although the response to the start is lost', async () => {
    const undo = await prepared();
    await rig.fail({ kind: 'lost-reply', operation: 'StartExperiment', times: 1 });
    const running = await startFis(undo, new AbortController().signal, OPTIONS());
    const started = await Promise.all(running.map(({ undo: one }) => pool.in(one.region).experiments(one.templateId)));
    for (const listed of started) expect(listed.filter(({ tags }) => tags[TAGS.part] === 'run')).toHaveLength(1);
  });

  it('ends in all regions when the alarm of one goes off', async () => {
    const running = await begin();
    const following = followFis(running, new AbortController().signal, { pool, everyMs: 50 });
    await rig.trip('eu-west-1');
    const tripped = performance.now();
    const unasked = await following;
    expect(performance.now() - tripped).toBeLessThan(10_000);
    expect(unasked).toMatchObject({ region: 'eu-west-1' });
    expect(unasked!.why).toContain('antipode-stop');
    expect(unasked!.why).not.toMatch(/\d{12}/);
    const ended = await stopEverywhere(
      running.map(({ undo }) => undo),
      SOON,
    );
    expect(ended.map(({ status }) => status)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(await rig.held()).toEqual([]);
  });

  it('is followed in peace until that is called off', async () => {
    const running = await begin();
    const done = new AbortController();
    const following = followFis(running, done.signal, { pool, everyMs: 50 });
    done.abort();
    expect(await following).toBeNull();
  });

  it('reports a skipped action as not exercised', async () => {
    await rig.fail({
      kind: 'action-skipped',
      region: 'eu-west-1',
      actionId: 'aws:network:route-table-disrupt-cross-region-connectivity',
    });
    const running = await begin();
    const eu = running.find(({ undo }) => undo.region === 'eu-west-1')!;
    const { experiments } = await stopFis(eu.undo, SOON);
    expect(notExercised(experiments)[0]).toContain(
      'aws:network:route-table-disrupt-cross-region-connectivity in eu-west-1: skipped',
    );
  });

  it('is recorded with ARN, state, times and targets, without the account', async () => {
    const previewed = await preview();
    const running = await startFis(
      previewed.map((one) => undoOf(one, rig.url)),
      new AbortController().signal,
      OPTIONS(),
    );
    const record = recordOf(running[0]!.experiment, previewed[0]!.targets);
    expect(record.arn).toContain(`:************:experiment/${record.id}`);
    expect(record.status).toBe('running');
    expect(record.startEpochMs).toBeGreaterThan(Date.now() - 60_000);
    expect(record.targets.length).toBeGreaterThan(0);
    expect(JSON.stringify(record)).not.toMatch(/(?<!\d)\d{12}(?!\d)/);
  });
});

describe('an undo without the id of its experiment', () => {
  it('finds it by template and tags, stops it and deletes the template', async () => {
    const running = await begin();
    const ways = await Promise.all(running.map(({ undo }) => stopFis({ ...undo, experimentId: null }, SOON)));
    expect(ways.map(({ how }) => how)).toEqual(['undone', 'undone', 'undone']);
    expect(await rig.held()).toEqual([]);
    expect(await left()).toEqual([]);
  });

  it('of a fault that never started deletes the template, and is clean', async () => {
    const [undo] = await prepared();
    expect(await stopFis(undo!, SOON)).toMatchObject({ how: 'clean' });
    expect(await pool.in(undo!.region).deleteTemplate(undo!.templateId)).toBe(false);
  });

  it('survives as JSON', async () => {
    const [undo] = await prepared();
    expect(JSON.parse(JSON.stringify(undo))).toEqual(undo);
    expect(JSON.stringify(undo)).not.toMatch(/(?<!\d)\d{12}(?!\d)/);
  });
});

describe('what is found by tags alone', () => {
  it('includes our experiments in every region, and never those of others with similar tags', async () => {
    const running = await begin();
    const [{ undo }] = running as [Running];
    const fis = pool.in(undo.region);
    const { parts } = outageOf(rig.target);
    const { template } = parts.find(({ awsRegion }) => awsRegion === undo.region)!;
    const others = { ...template.tags, [TAGS.owner]: 'somebody-else' };
    const twisted = { ...template.tags, [TAGS.run]: 'another-run' };
    const theirs: string[] = [];
    for (const [i, tags] of [others, twisted].entries()) {
      const templateId = await fis.createTemplate({ ...template, tags }, `theirs-${i}-${Date.now()}`);
      const order = { templateId, clientToken: `theirs-${i}-${Date.now()}`, actionsMode: 'run-all', tags } as const;
      theirs.push((await fis.start(order)).id);
    }
    const found = await left();
    expect(found.map(({ region }) => region).toSorted()).toEqual([...REGIONS].toSorted());
    expect(found.map(({ experimentId }) => experimentId)).toEqual(
      expect.arrayContaining(running.map(({ experiment }) => experiment.id)),
    );
    await stopEverywhere(found, SOON);
    for (const id of theirs) {
      const one = await fis.experiment(id);
      expect(['pending', 'initiating', 'running']).toContain(one.status);
      await fis.stop(id);
    }
  });

  it('rejects when a region does not respond', async () => {
    await rig.fail({ kind: 'error', region: 'us-east-1', operation: 'ListExperiments', code: 'AccessDeniedException' });
    await expect(left()).rejects.toMatchObject({ failure: 'permission' });
  });
});
