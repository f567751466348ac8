/** How far each replica is behind, seen in the replica itself, and the alert on it: past every link that can break. */
import type { Address } from '../address.ts';
import { again } from '../health-check.ts';
import { steadyClient } from './steady-client.ts';
import type { TruthLog } from '../truth.ts';

const EVERY_MS = 200;
/** A replica that says nothing for this long is asked anew; meanwhile it counts as growing older. */
const TIMEOUT_MS = 1_000;
/** The alert comes when the lag has been above the limit for this long, and goes when it has been below for as long. */
const ALERT = { aboveMs: 500, forMs: 1_000 } as const;

const AGE = 'SELECT (extract(epoch FROM clock_timestamp() - at) * 1000)::float8 AS "ageMs" FROM heartbeat';

export interface ReplicaLag {
  region: string;
  /** Age of the newest heartbeat in the replica, ms: the lag, plus 0 to 100 ms. */
  lagMs: number;
  alert: boolean;
}

/** Takes the lag whenever it is seen; says whether the alert is on. */
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

/** Bugs that can be planted in it: an alert that never fires, a dashboard that says 0. */
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

  /** Looks at the replica of this region, past every link, from now on. */
  watch(region: string, replica: Address): void {
    const client = steadyClient(replica, TIMEOUT_MS);
    const isAlert = lagAlert();
    let seen = { ageMs: 0, atMs: performance.now() };
    const looking = again(EVERY_MS, async () => {
      await client
        .query<{ ageMs: number }>(AGE)
        .then(([row]) => (seen = { ageMs: row!.ageMs, atMs: performance.now() }))
        .catch(() => {});
    });
    // Apart from the asking: a replica that does not answer gets older all the same.
    const judging = again(EVERY_MS, () => {
      const nowMs = performance.now();
      const at = this.watched.get(region);
      if (!at) return Promise.resolve();
      // Between two answers the age is that of the last one; only beyond the next one due does it grow.
      at.lagMs = seen.ageMs + Math.max(0, nowMs - seen.atMs - 2 * EVERY_MS);
      const before = at.alert;
      at.alert = isAlert(at.lagMs, nowMs) && !this.bugs.isSilent;
      if (at.alert !== before) {
        this.truth.add(at.alert ? 'lag-alert' : 'lag-clear', region, `${Math.round(at.lagMs)} ms behind`);
      }
      return Promise.resolve();
    });
    const stop = (): void => {
      looking.stop();
      judging.stop();
      client.close();
    };
    this.watched.set(region, { lagMs: 0, alert: false, stop });
  }

  /** It is a replica no longer. */
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
