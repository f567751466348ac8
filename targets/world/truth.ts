/** What the world did and when, by its own clock: exact instants that a measured failover is held against. */

export interface TruthEvent {
  atEpochMs: number;
  /**
   * Of routing: `health-down`, `health-up` (what the checks of the edge find), `evacuated`, `evacuation-ended` (what was
   * decided by hand), `routing-switched` (a region taken out of the answers or put back), `name-moved` (the first answer to a city that names another region than the one before it).
   * Of processes: `api-stopped`, `api-resumed`, and the same of `database` and `store`;
   * `store-emptied`, `replay-paused`, `replay-resumed`. Of the primary: `primary-down`, `primary-up`, `fenced`,
   * `caught-up`, `not-caught-up`, `promoted`, `follows`, `not-following`,
   * `promotion-failed`. Of replication: `lag-alert`, `lag-clear`.
   */
  what: string;
  region: string | null;
  detail: string;
}

/** A world kept up for days must not fill its memory; the oldest event is forgotten first. */
const MOST_EVENTS = 10_000;

export class TruthLog {
  readonly events: TruthEvent[] = [];

  add(what: string, region: string | null, detail: string, atEpochMs = Date.now()): void {
    this.events.push({ atEpochMs, what, region, detail });
    if (this.events.length > MOST_EVENTS) this.events.shift();
  }
}
