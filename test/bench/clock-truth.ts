/**
 * When clients could move, from the world's own events rather than from how their requests ended. The events record
 * when routing removed the lost region, and when it first returned another region to each city. Between the two is the
 * cache of the city's resolver (src/run/harness-server.ts), shared by all its clients: at most a TTL, plus the time
 * until the next lookup.
 */
import { type FinishedRun, type PlayedRow, endOf } from './finished-run.ts';

/** Instants in ms since T0. */
export interface MoveTruth {
  /** The last control call of the fault had returned: t0. */
  bitesMs: number;
  /** Routing removed the region. */
  switchedMs: number;
  /** The resolver of the first city got another region: later lookups there return it. */
  movedMs: number;
  /** Two round trips from that city to the new region: a new connection, and the request. */
  answerMs: number;
  /**
   * `sticky` clients do not resolve again until their connection breaks under a request, so each fails once, at its
   * next request: the time when the last of them starts that request.
   */
  lastStickyMs: number;
}

/** The longest interval between lookups, plus a margin for a busy machine. */
const ASKED_WITHIN_MS = 500;

/** The true times of a run whose only fault disconnects region number `lost`. Throws if they cannot be determined. */
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
  if (!switched) throw new Error(`the world's routing never removed ${id}`);
  const moves = events.flatMap(({ atEpochMs, what, region, detail }) => {
    const city = cities.find((origin) => plan.origins[origin]!.id === detail);
    if (what !== 'name-moved' || region === id || city === undefined) return [];
    return [{ atEpochMs, city, to: plan.regions.findIndex((one) => one.id === region) }];
  });
  const [moved] = moves.toSorted((a, b) => a.atEpochMs - b.atEpochMs);
  const latestMs = switched.atEpochMs + plan.target.ttlSeconds * 1000 + ASKED_WITHIN_MS;
  if (!moved || moved.atEpochMs < switched.atEpochMs || moved.atEpochMs > latestMs)
    throw new Error(`no city of ${id} resolved to another region within a TTL of the switch`);
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

/** When the last sticky client of these cities that was connected at `fromMs` started its next request. */
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
