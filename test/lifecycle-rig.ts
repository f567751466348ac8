/** Runs the lifecycle of an experiment on real links. Its journal is in memory, and can be made to fail. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLifecycle } from '../chaos/lifecycle.ts';
import type { Lifecycle } from '../chaos/timeline.ts';
import type { Controls } from '../chaos/points.ts';
import type { Evacuation } from '../src/formats/evacuation.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import { ownLinks, type RegionRig } from './fault-rig.ts';

export interface LiveExperiment extends AsyncDisposable {
  lifecycle: Lifecycle;
  events: JournalEvent[];
  /** The run directory, with keeper.jsonl. */
  dir: string;
}

export interface LiveOptions {
  /**
   * Called with each line before it is journaled (the lifecycle exists after preflight); if it throws, the disk has
   * failed.
   */
  onEvent?: (event: JournalEvent, lifecycle: Lifecycle | undefined) => void;
  /** Duration of the fault. */
  forMs?: number;
  /** Control URL of its Toxiproxy, if not the direct one. */
  control?: string;
  evacuate?: Evacuation;
}

/** An experiment that refuses connections to the remote region's Redis at once. */
export function refusedRedis(
  regions: RegionRig,
  { onEvent, forMs = 60_000, control = regions.toxiproxy.control, evacuate }: LiveOptions = {},
): Promise<LiveExperiment> {
  const site = { ...regions.points.find(({ name }) => name === 'redis-far')!, control };
  const experiment = {
    faults: [
      {
        number: 1,
        kind: 'redis-loss',
        params: { region: 'far', face: 'refused' },
        sites: [site],
        fromMs: 0,
        toMs: forMs,
      },
    ],
    evacuate: evacuate ?? null,
  } as unknown as PlanExperiment;
  return liveExperiment(
    experiment,
    { world: null, toxiproxies: [control], fis: null, own: ownLinks(control, [site]) },
    onEvent,
  );
}

/** Any experiment; it starts when its lifecycle does. */
export async function liveExperiment(
  experiment: PlanExperiment,
  controls: Controls,
  onEvent: NonNullable<LiveOptions['onEvent']> = () => {},
  runId = 'lifecycle-test',
): Promise<LiveExperiment> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-lifecycle-'));
  const events: JournalEvent[] = [];
  let started: Lifecycle | undefined;
  const write = (event: JournalEvent): void => {
    onEvent(event, started);
    events.push(event);
  };
  const lifecycle = await startLifecycle({
    runId,
    runDir: dir,
    experiment,
    controls,
    journal: {
      write,
      note(event) {
        try {
          write(event);
        } catch {
          // As in the journal.
        }
      },
    },
    baselineFailure: () => null,
    log: () => {},
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
