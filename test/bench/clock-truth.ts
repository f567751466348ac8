/**
 * When clients could move, from what the world says it did, not from how their requests ended. Its log of the truth
 * says when routing took the lost region out of its answers, and when it first named another one to each city. Between
 * the two lies the cache of the city's resolver (src/run/harness-server.ts), which all its clients ask: at most a TTL,
 * and the time until somebody asks again.
 */
import { type FinishedRun, type PlayedRow, endOf } from './finished-run.ts';

/** Instants in ms since T0. */
export interface MoveTruth {
  /** The last control call of the fault had returned: it bites everywhere. */
  bitesMs: number;
  /** The routing no longer names the region. */
  switchedMs: number;
  /** The resolver of the first of its cities was told another region: whoever asks it from now on is sent there. */
  movedMs: number;
  /** Two round trips from that city to the region named: a new connection, and the request. */
  answerMs: number;
  /**
   * `sticky` clients look up nothing until their connection breaks under a request, so each fails once, whenever it
   * asks next: the last of them begins to do so here.
   */
  lastStickyMs: number;
}

/** Somebody asks so often at the least; and a machine that is busy. */
const ASKED_WITHIN_MS = 500;

/** The truth of a run whose one fault cuts off region number `lost`. Throws if it is none that can be. */
export function moveTruth({ files: { plan }, journal, t0, rows }: FinishedRun, lost: number): MoveTruth {
  const id = plan.regions[lost]!.id;
  const { events } = journal.last('world-truth')!;
  const bitesMs = journal.last('fault-started')!.ms!;
  const cities = [...plan.origins.keys()].filter(
    (origin) => plan.origins[origin]!.kind === 'city' && plan.origins[origin]!.homeRegion === lost,
  );
  const switched = events.find(
    ({ what, region, detail }) => what === 'routing-switched' && region === id && detail === 'removed',
  );
  if (!switched) throw new Error(`the world's routing never left ${id}`);
  const moves = events.flatMap(({ atEpochMs, what, region, detail }) => {
    const city = cities.find((origin) => plan.origins[origin]!.id === detail);
    if (what !== 'name-moved' || region === id || city === undefined) return [];
    return [{ atEpochMs, city, to: plan.regions.findIndex((one) => one.id === region) }];
  });
  const [moved] = moves.toSorted((a, b) => a.atEpochMs - b.atEpochMs);
  const latestMs = switched.atEpochMs + plan.target.ttlSeconds * 1000 + ASKED_WITHIN_MS;
  if (!moved || moved.atEpochMs < switched.atEpochMs || moved.atEpochMs > latestMs)
    throw new Error(`no city of ${id} was told of another region within a TTL of the switch`);
  const lane = journal
    .last('lanes-calibrated')!
    .lanes.find(({ origin, region }) => origin === moved.city && region === moved.to);
  const movedMs = moved.atEpochMs - t0;
  return {
    bitesMs,
    switchedMs: switched.atEpochMs - t0,
    movedMs,
    answerMs: 2 * lane!.nominalMs,
    lastStickyMs: Math.max(movedMs, lastStickyFailure(rows, cities, bitesMs, journal.last('fault-revert')!.ms!)),
  };
}

/** When the last sticky client from these cities that was connected at `fromMs` began its first request after that. */
function lastStickyFailure(rows: PlayedRow[], cities: number[], fromMs: number, toMs: number): number {
  const connected = new Set<number>();
  const met = new Map<number, number>();
  for (const row of rows.toSorted((a, b) => a.startMs - b.startMs)) {
    if (row.cohort !== 'sticky' || !cities.includes(row.origin)) continue;
    if (endOf(row) < fromMs) connected.add(row.client);
    else if (row.startMs < toMs && connected.has(row.client) && !met.has(row.client)) met.set(row.client, row.startMs);
  }
  return Math.max(-Infinity, ...met.values());
}
