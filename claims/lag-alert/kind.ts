/** The alert on replication lag: the target itself raises it so long after the bite. */
import { seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, NOTHING } from '../claim.ts';
import { inFault } from '../measures/replica-lag/reported-lag.ts';
import type { ReplicaLag } from '../measures/replica-lag/schema.ts';

/** What an alert on lag is about (DESIGN section 7: alert at 500 ms); less is nothing to alert on. */
const ALERT_MS = 500;

export const lagAlert: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'report',
  wrong: 'without an alert',
  limit: {
    key: 'lagAlertSeconds',
    unit: 'seconds',
    describe: "The target's own alert on replication lag is on, from the bite.",
    words: (value) => `alert on replication lag after ${value} s`,
    title: (value) => `the alert on replication lag is on ${value} s after the bite`,
    phase: 'fault',
    regions: 'hurt replicas',
  },
  isForLoad: false,
  needs: [],
  find: (asked, measured) =>
    inFault(asked, measured, (lag, fromMs, toMs) => find(asked.claim.limitMs!, lag, fromMs, toMs)),
};

function find(
  limitMs: number,
  { atMs, seenMs, reportedMs, alerts }: ReplicaLag,
  fromMs: number,
  toMs: number,
): Finding {
  const total = reportedMs.filter((ms) => ms !== null).length;
  const limit = `at most ${seconds(limitMs)} allowed`;
  const first = alerts.find((ms) => ms >= fromMs);
  if (first !== undefined) {
    const valueMs = first - fromMs;
    const why = `The alert was on ${seconds(valueMs)} after the bite; ${limit}.`;
    return { status: valueMs <= limitMs ? 'PASS' : 'FAIL', why, total, bad: 0, fromMs: valueMs, valueMs };
  }
  const since = atMs.find((ms, i) => ms >= fromMs && ms < toMs && (seenMs[i] ?? 0) > ALERT_MS);
  if (since === undefined)
    return { ...NOTHING, total, why: `Clients saw no replica more than ${ALERT_MS} ms behind: nothing to alert on.` };
  const why = `The alert never came, though clients saw more than ${ALERT_MS} ms from ${seconds(Math.max(0, since - fromMs))} after the bite on; ${limit}.`;
  return { status: 'FAIL', why, total, bad: 1, fromMs: null, valueMs: null };
}
