/** What a world reports about itself after the load. */
import type { RegionCounter, WorldTruth } from '../../formats/journal.ts';
import type { WorldFile } from '../../formats/world-file.ts';
import { afterLoad, type Observer } from './observer.ts';

const TIMEOUT_MS = 5_000;

/** The world's own events, by its own clock. */
export const worldTruth: Observer = ({ plan, world }) =>
  plan.experiment === null || world === null
    ? null
    : afterLoad(async () => [{ kind: 'world-truth', events: await readTruth(world).catch(() => []) }]);

/**
 * Requests of this run as every region and the edge counted them. Without the counters, as when the world has exited,
 * the judge calls the run INVALID.
 */
export const worldCounters: Observer = ({ plan, world }) =>
  world === null
    ? null
    : afterLoad(async () => {
        const counters = await readCounters(world, plan.runId).catch(() => null);
        return counters === null ? [] : [{ kind: 'world-counters', counters }];
      });

async function readTruth(world: WorldFile): Promise<WorldTruth[]> {
  const response = await fetch(`${world.control.url}/truth`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return ((await response.json()) as { events: WorldTruth[] }).events;
}

async function readCounters(world: WorldFile, runId: string): Promise<RegionCounter[]> {
  const count = async (url: string): Promise<number> => {
    const response = await fetch(`${url}/counters`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ((await response.json()) as { runs: Record<string, number> }).runs[runId] ?? 0;
  };
  return Promise.all([
    ...world.regions.map(async ({ id, directUrl }) => ({ region: id, requests: await count(directUrl) })),
    count(world.edge.url).then((requests) => ({ region: null, requests })),
  ]);
}
