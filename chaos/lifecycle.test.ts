import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RegionRig, startRegions } from '../test/fault-rig.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import { type Lifecycle, startLifecycle } from './lifecycle.ts';
import { leftoversAt } from './undo.ts';

let regions: RegionRig;
beforeAll(async () => (regions = await startRegions()));
afterAll(async () => regions?.[Symbol.asyncDispose]());

interface Live extends AsyncDisposable {
  lifecycle: Lifecycle;
  events: JournalEvent[];
  dir: string;
}

/** An experiment that refuses the far region's Redis, from at once; `onEvent` sees each line as it is journaled. */
async function refusedRedis(onEvent: (event: JournalEvent, lifecycle: Lifecycle) => void = () => {}): Promise<Live> {
  const point = regions.points.find(({ name }) => name === 'redis-far')!;
  const dir = await mkdtemp(join(tmpdir(), 'antipode-lifecycle-'));
  const events: JournalEvent[] = [];
  const experiment = {
    faults: [
      {
        number: 1,
        kind: 'redis-loss',
        params: { region: 'far', face: 'refused' },
        sites: [point],
        fromMs: 0,
        toMs: 60_000,
      },
    ],
  } as unknown as PlanExperiment;
  let started: Lifecycle | undefined;
  const lifecycle = await startLifecycle({
    runId: 'lifecycle-test',
    runDir: dir,
    experiment,
    controls: { world: null, toxiproxies: [point.control] },
    journal: {
      write(event) {
        events.push(event);
        if (started) onEvent(event, started);
      },
    },
    unfit: () => null,
    say: () => {},
  });
  started = lifecycle;
  return {
    lifecycle,
    events,
    dir,
    async [Symbol.asyncDispose]() {
      await lifecycle.close();
      await rm(dir, { recursive: true });
    },
  };
}

const gone = (events: JournalEvent[]) => events.filter(({ kind }) => kind === 'fault-gone');

async function keeperOf(dir: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(join(dir, 'keeper.jsonl'))) return Number(pid);
  }
  throw new Error('no keeper');
}

describe('the life of an experiment', () => {
  it.each(['fault-intent', 'fault-started', 'fault-bites'])(
    'that is interrupted at %s undoes the fault once, and says so',
    async (kind) => {
      await using live = await refusedRedis((event, lifecycle) => {
        if (event.kind === kind) void lifecycle.abort('interrupt');
      });
      live.lifecycle.begin(Date.now());
      expect(await live.lifecycle.ended).toBe('aborted');
      expect(gone(live.events)).toMatchObject([{ fault: 1, gone: true }]);
      expect(await leftoversAt(regions.points)).toEqual([]);
    },
    30_000,
  );

  it('that is interrupted before its first fault starts none', async () => {
    await using live = await refusedRedis();
    const begun = live.lifecycle;
    begun.begin(Date.now() + 60_000);
    await begun.abort('interrupt');
    expect(await begun.ended).toBe('aborted');
    expect(live.events.filter(({ kind }) => kind.startsWith('fault-'))).toEqual([]);
  }, 30_000);

  it('ends when its keeper does: a fault that nobody would undo is not kept open', async () => {
    await using live = await refusedRedis();
    live.lifecycle.begin(Date.now());
    await expect.poll(() => live.events.some(({ kind }) => kind === 'fault-bites'), { timeout: 15_000 }).toBe(true);
    process.kill(await keeperOf(live.dir), 'SIGKILL');
    expect(await live.lifecycle.ended).toBe('unkept');
    expect(gone(live.events)).toMatchObject([{ gone: true }]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  }, 30_000);
});
