/** What a world says of itself once the load has ended. */
import type { RegionCounter, WorldTruth } from '../../formats/journal.ts';
import type { WorldFile } from '../../formats/world-file.ts';
import { afterwards, type Observer } from './observer.ts';

const PATIENCE_MS = 5_000;

/** What it did and when, by its own clock. */
export const worldTruth: Observer = ({ plan, world }) =>
  plan.experiment === null || world === null
    ? null
    : afterwards(async () => [{ kind: 'world-truth', events: await readTruth(world).catch(() => []) }]);

/**
 * What every region and the edge counted of this run. A world that is gone cannot say it; the judge calls a run without
 * its counters INVALID.
 */
export const worldCounters: Observer = ({ plan, world }) =>
  world === null
    ? null
    : afterwards(async () => {
        const counters = await readCounters(world, plan.runId).catch(() => null);
        return counters === null ? [] : [{ kind: 'world-counters', counters }];
      });

async function readTruth(world: WorldFile): Promise<WorldTruth[]> {
  const response = await fetch(`${world.control.url}/truth`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return ((await response.json()) as { events: WorldTruth[] }).events;
}

async function readCounters(world: WorldFile, runId: string): Promise<RegionCounter[]> {
  const count = async (url: string): Promise<number> => {
    const response = await fetch(`${url}/counters`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return ((await response.json()) as { runs: Record<string, number> }).runs[runId] ?? 0;
  };
  return Promise.all([
    ...world.regions.map(async ({ id, directUrl }) => ({ region: id, requests: await count(directUrl) })),
    count(world.edge.url).then((requests) => ({ region: null, requests })),
  ]);
}
