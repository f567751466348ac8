/** The life of an experiment on real links, for tests of it: its journal is kept in memory, and can be made to fail. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lifecycle, startLifecycle } from '../chaos/lifecycle.ts';
import type { Evacuation } from '../src/formats/evacuation.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import type { RegionRig } from './fault-rig.ts';

export interface LiveExperiment extends AsyncDisposable {
  lifecycle: Lifecycle;
  events: JournalEvent[];
  /** Of its run: keeper.jsonl is here. */
  dir: string;
}

export interface LiveOptions {
  /** Sees each line before it is journaled; an error of it is one of the disk. */
  onEvent?: (event: JournalEvent, lifecycle: Lifecycle) => void;
  /** How long the fault is to last. */
  forMs?: number;
  /** Through which its Toxiproxy is controlled, if not directly. */
  control?: string;
  evacuate?: Evacuation;
}

/** An experiment that refuses the far region's Redis, from at once. */
export async function refusedRedis(
  regions: RegionRig,
  { onEvent = () => {}, forMs = 60_000, control = regions.toxiproxy.control, evacuate }: LiveOptions = {},
): Promise<LiveExperiment> {
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
        toMs: forMs,
      },
    ],
    evacuate: evacuate ?? null,
  } as unknown as PlanExperiment;
  let started: Lifecycle | undefined;
  const write = (event: JournalEvent): void => {
    if (started) onEvent(event, started);
    events.push(event);
  };
  const lifecycle = await startLifecycle({
    runId: 'lifecycle-test',
    runDir: dir,
    experiment,
    controls: { world: null, toxiproxies: [control] },
    journal: {
      write,
      note(event) {
        try {
          write(event);
        } catch {
          // As the journal does.
        }
      },
    },
    unfit: () => null,
    say: () => {},
  }).catch(async (error: unknown) => {
    await rm(dir, { recursive: true, force: true });
    throw error;
  });
  started = lifecycle;
  return {
    lifecycle,
    events,
    dir,
    async [Symbol.asyncDispose]() {
      await lifecycle.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
