/** What the world did and when, by its own clock: exact instants that a measured failover is held against. */

/** Every kind of event there is. */
export const TRUTHS = [
  // What the checks of the edge find.
  'health-down',
  'health-up',
  // What was decided by hand.
  'evacuated',
  'evacuation-ended',
  // A region taken out of the answers, or put back.
  'routing-switched',
  // The first answer to a city that names another region than the one before it.
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

/** What is known of all events of one kind in one region, the forgotten ones too. */
export interface TruthTally {
  newest: TruthEvent;
  count: number;
  /** Of the newest among all events of the world, counted from 1. */
  number: number;
}

/** A world kept up for days must not fill its memory; the oldest event is forgotten first. */
const MOST_EVENTS = 10_000;

export class TruthLog {
  readonly events: TruthEvent[] = [];
  private readonly tallies = new Map<string, TruthTally>();
  private added = 0;

  add(what: string, region: string | null, detail: string, atEpochMs = Date.now()): void {
    const newest = { atEpochMs, what, region, detail };
    this.events.push(newest);
    if (this.events.length > MOST_EVENTS) this.events.shift();
    const key = keyOf(what, region);
    this.tallies.set(key, { newest, count: (this.tallies.get(key)?.count ?? 0) + 1, number: (this.added += 1) });
  }

  /** Every kind and region of which something has happened. */
  tally(): TruthTally[] {
    return [...this.tallies.values()];
  }

  /** The newest event in this region that is of one of these kinds. */
  newest(region: string, ...kinds: (typeof TRUTHS)[number][]): TruthEvent | undefined {
    return kinds
      .flatMap((kind) => this.tallies.get(keyOf(kind, region)) ?? [])
      .toSorted((a, b) => a.number - b.number)
      .at(-1)?.newest;
  }
}

const keyOf = (what: string, region: string | null): string => `${what} ${region}`;
