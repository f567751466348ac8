/** Events of the world with exact times, by its own clock. Measured failover times are compared with them. */

/** Every kind of event. */
export const TRUTHS = [
  // Health checks of the edge.
  'health-down',
  'health-up',
  // Manual evacuation.
  'evacuated',
  'evacuation-ended',
  // A region was removed from routing, or added back.
  'routing-switched',
  // A city's name resolved to a different region than before.
  'name-moved',
  'api-stopped',
  'api-resumed',
  'database-stopped',
  'database-resumed',
  'store-stopped',
  'store-resumed',
  'store-emptied',
  'replay-paused',
  'replay-resumed',
  'primary-down',
  'primary-up',
  'fenced',
  'caught-up',
  'not-caught-up',
  'promoted',
  'promotion-failed',
  'follows',
  'not-following',
  'lag-alert',
  'lag-clear',
] as const;

export interface TruthEvent {
  atEpochMs: number;
  /** One of TRUTHS. */
  what: string;
  region: string | null;
  detail: string;
}

/** All events of one kind in one region, including those no longer in the log. */
export interface TruthTally {
  newest: TruthEvent;
  count: number;
  /** Sequence number of the newest one among all events of the world, from 1. */
  number: number;
}

/** Bounds the memory of a world that runs for days; the oldest event is dropped first. */
const MAX_EVENTS = 10_000;

export class TruthLog {
  readonly events: TruthEvent[] = [];
  private readonly tallies = new Map<string, TruthTally>();
  private added = 0;

  add(what: string, region: string | null, detail: string, atEpochMs = Date.now()): void {
    const newest = { atEpochMs, what, region, detail };
    this.events.push(newest);
    if (this.events.length > MAX_EVENTS) this.events.shift();
    const key = keyOf(what, region);
    this.tallies.set(key, { newest, count: (this.tallies.get(key)?.count ?? 0) + 1, number: (this.added += 1) });
  }

  /** One entry per kind and region that has had an event. */
  tally(): TruthTally[] {
    return [...this.tallies.values()];
  }

  /** The newest event of these kinds in this region. */
  newest(region: string, ...kinds: (typeof TRUTHS)[number][]): TruthEvent | undefined {
    return kinds
      .flatMap((kind) => this.tallies.get(keyOf(kind, region)) ?? [])
      .toSorted((a, b) => a.number - b.number)
      .at(-1)?.newest;
  }
}

const keyOf = (what: string, region: string | null): string => `${what} ${region}`;
