/** What is asked of the target once the load has ended: what it knows, counted and did. */
import type { Profile, Target } from '../config/types.ts';
import type { RegionCounter, WorldTruth } from '../formats/journal.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { ClientRole } from '../formats/timetable.ts';
import type { WorldFile } from '../formats/world-file.ts';
import { cartKeys } from '../plan/cart-keys.ts';
import { createAsker } from './ask.ts';
import type { Upstreams } from './upstreams.ts';
import { ASK_MS, finalCarts, finalReads } from './final-reads.ts';
import type { Journal } from './journal.ts';
import type { LagReports } from './lag-reports.ts';

export interface AftermathInput {
  plan: RunPlan;
  profile: Profile;
  target: Target;
  world: WorldFile | null;
  upstreams: Upstreams;
  journal: Journal;
  lag: LagReports | null;
  /** Epoch ms; null when nothing was sent. */
  t0: number | null;
}

/** Writes it into the journal; what cannot be had is left out, and the judge says what that means. */
export async function writeAftermath(input: AftermathInput): Promise<void> {
  const { plan, world, journal, lag, t0 } = input;
  if (lag && t0 !== null) journal.write({ kind: 'lag-reports', samples: lag.finish(t0) });
  await writeFinalReads(input);
  if (plan.experiment && world) {
    const events = await readTruth(world).catch(() => []);
    journal.write({ kind: 'world-truth', events });
  }
  // A world that is gone cannot say what it counted; the judge calls a run without its counters INVALID.
  const counters = world && (await readCounters(world, plan.runId).catch(() => null));
  if (counters) journal.write({ kind: 'world-counters', counters });
}

/** What every region knows of the data that was written in this run. */
async function writeFinalReads({ plan, profile, target, upstreams, journal }: AftermathInput): Promise<void> {
  const wrote = (role: ClientRole): boolean => plan.streams.some((stream) => stream.role === role);
  if (!wrote('ledger') && !wrote('cart')) return;
  await using asker = createAsker(target, plan, ASK_MS);
  if (target.ledger && wrote('ledger')) {
    const regions = await finalReads(plan, upstreams, asker, target.ledger.read);
    journal.write({ kind: 'final-reads', regions });
  }
  if (target.carts && wrote('cart')) {
    const regions = await finalCarts(plan, upstreams, asker, target.carts.read, cartKeys(profile));
    journal.write({ kind: 'final-carts', regions });
  }
}

/** What the world did and when, by its own clock. */
async function readTruth(world: WorldFile): Promise<WorldTruth[]> {
  const response = await fetch(`${world.control.url}/truth`, { signal: AbortSignal.timeout(5_000) });
  return ((await response.json()) as { events: WorldTruth[] }).events;
}

/** What every region and the edge counted of this run. */
async function readCounters(world: WorldFile, runId: string): Promise<RegionCounter[]> {
  const count = async (url: string): Promise<number> => {
    const response = await fetch(`${url}/counters`, { signal: AbortSignal.timeout(5_000) });
    return ((await response.json()) as { runs: Record<string, number> }).runs[runId] ?? 0;
  };
  return Promise.all([
    ...world.regions.map(async ({ id, directUrl }) => ({ region: id, requests: await count(directUrl) })),
    count(world.edge.url).then((requests) => ({ region: null, requests })),
  ]);
}
