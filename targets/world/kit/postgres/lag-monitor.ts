/** The lag of each replica and its alert. Reads from the replica directly, bypassing all links. */
import type { Address } from '../address.ts';
import { repeat } from '../health-check.ts';
import { reconnectingClient } from './reconnecting-client.ts';
import type { TruthLog } from '../truth.ts';

const EVERY_MS = 200;
/** A query that takes longer is retried; meanwhile the lag counts as growing. */
const TIMEOUT_MS = 1_000;
/** The alert fires when the lag has been above the limit for this long, and clears when it has been below as long. */
const ALERT = { aboveMs: 500, forMs: 1_000 } as const;

const AGE = 'SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS "ageMs" FROM heartbeat';

export interface ReplicaLag {
  region: string;
  /** Age of the newest heartbeat in the replica, ms: the lag, plus 0 to 100 ms. */
  lagMs: number;
  alert: boolean;
}

/** Takes each lag sample; returns whether the alert is on. */
export function lagAlert(): (lagMs: number, nowMs: number) => boolean {
  let isOn = false;
  let otherSinceMs: number | null = null;
  return (lagMs, nowMs) => {
    if (lagMs > ALERT.aboveMs === isOn) otherSinceMs = null;
    else if (nowMs - (otherSinceMs ??= nowMs) >= ALERT.forMs) {
      isOn = !isOn;
      otherSinceMs = null;
    }
    return isOn;
  };
}

/** Planted defects: an alert that never fires, a dashboard that always shows 0. */
export interface LagBugs {
  isSilent: boolean;
  isLying: boolean;
}

export class LagMonitor {
  private readonly bugs: LagBugs;
  private readonly truth: TruthLog;
  private readonly watched = new Map<string, { lagMs: number; alert: boolean; stop: () => void }>();

  constructor(truth: TruthLog, bugs: LagBugs = { isSilent: false, isLying: false }) {
    this.truth = truth;
    this.bugs = bugs;
  }

  /** Starts monitoring the replica of this region at its direct address. */
  watch(region: string, replica: Address): void {
    const client = reconnectingClient(replica, TIMEOUT_MS);
    const isAlert = lagAlert();
    let seen = { ageMs: 0, atMs: performance.now() };
    const sampling = repeat(EVERY_MS, async () => {
      await client
        .query<{ ageMs: number }>(AGE)
        .then(([row]) => (seen = { ageMs: row!.ageMs, atMs: performance.now() }))
        .catch(() => {});
    });
    // Independent of the queries: the lag of a replica that hangs keeps growing.
    const evaluating = repeat(EVERY_MS, () => {
      const nowMs = performance.now();
      const at = this.watched.get(region);
      if (!at) return Promise.resolve();
      // Between two samples the age stays that of the last one; it grows once the next sample is overdue.
      at.lagMs = seen.ageMs + Math.max(0, nowMs - seen.atMs - 2 * EVERY_MS);
      const before = at.alert;
      at.alert = isAlert(at.lagMs, nowMs) && !this.bugs.isSilent;
      if (at.alert !== before) {
        this.truth.add(at.alert ? 'lag-alert' : 'lag-clear', region, `${Math.round(at.lagMs)} ms behind`);
      }
      return Promise.resolve();
    });
    const stop = (): void => {
      sampling.stop();
      evaluating.stop();
      client.close();
    };
    this.watched.set(region, { lagMs: 0, alert: false, stop });
  }

  /** Stops monitoring a region whose database is no longer a replica. */
  forget(region: string): void {
    this.watched.get(region)?.stop();
    this.watched.delete(region);
  }

  /** The dashboard. */
  report(): ReplicaLag[] {
    return [...this.watched].map(([region, { lagMs, alert }]) => ({
      region,
      lagMs: this.bugs.isLying ? 0 : Math.round(lagMs * 10) / 10,
      alert,
    }));
  }
}
