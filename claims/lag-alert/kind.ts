/** The alert on replication lag: how long after the fault takes effect the target raises it. */
import { seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, NO_FAULT } from '../claim.ts';
import { inFault } from '../measures/replica-lag/reported-lag.ts';
import type { ReplicaLag } from '../measures/replica-lag/schema.ts';

/** Lag that the target must alert on (DESIGN section 7: alert at 500 ms). */
const ALERT_MS = 500;

export const lagAlert: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'report',
  badName: 'without an alert',
  limit: {
    key: 'lagAlertSeconds',
    unit: 'seconds',
    describe: "Maximum time after t0 until the target's own replication lag alert is on.",
    words: (value) => `replication lag alert ${value} s`,
    title: (value) => `the replication lag alert is on within ${value} s of the fault taking effect`,
    phase: 'fault',
    regions: 'affected replicas',
  },
  isForLoad: false,
  needs: [],
  find: (cell, measured) =>
    inFault(cell, measured, (lag, fromMs, toMs) => find(cell.claim.limitMs!, lag, fromMs, toMs)),
};

function find(
  limitMs: number,
  { atMs, seenMs, reportedMs, alerts }: ReplicaLag,
  fromMs: number,
  toMs: number,
): Finding {
  const total = reportedMs.filter((ms) => ms !== null).length;
  const limit = `the limit is ${seconds(limitMs)}`;
  const first = alerts.find((ms) => ms >= fromMs);
  if (first !== undefined) {
    const valueMs = first - fromMs;
    const why = `The alert was on ${seconds(valueMs)} after the fault took effect; ${limit}.`;
    return { status: valueMs <= limitMs ? 'PASS' : 'FAIL', why, total, bad: 0, fromMs: valueMs, toMs: valueMs };
  }
  const since = atMs.find((ms, i) => ms >= fromMs && ms < toMs && (seenMs[i] ?? 0) > ALERT_MS);
  if (since === undefined)
    return {
      ...NO_FAULT,
      total,
      why: `Clients saw no replica lag above ${ALERT_MS} ms, so there was nothing to alert on.`,
    };
  const why = `The alert never fired, although clients saw more than ${ALERT_MS} ms of lag from ${seconds(Math.max(0, since - fromMs))} after the fault took effect; ${limit}.`;
  return { status: 'FAIL', why, total, bad: 1, fromMs: null, toMs: null };
}
