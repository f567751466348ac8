/**
 * The lag of replicas twice, by the second: what clients saw (reports/judge/staleness.ts, which never overstates) against
 * what the target reported and whether its alert was on. And the verdicts on the two: an alert that never comes, and a
 * dashboard that shows less than clients see.
 */
import type { RunPlan } from '../../src/formats/plan.ts';
import { SOURCES } from '../../src/formats/recording.ts';
import type { ReplicaLag } from '../../src/formats/data-figures.ts';
import type { CellVerdict } from '../../src/formats/run-result.ts';
import { LIMIT_CLAIM, replicasIn } from '../limit-claims.ts';
import type { FaultInstants } from './fault-instants.ts';
import { round } from './histogram.ts';
import { type Finding, limitCell, NOTHING, seconds, shareStatus } from './limit-cell.ts';
import type { RowContext } from './row-context.ts';
import type { Journal } from './run-files.ts';
import type { RecordNames, WriteHistory } from './staleness.ts';
import type { SpoilingCheck } from './validity.ts';
import { count, percent } from './words.ts';

const REPLICA = SOURCES.indexOf('replica');
const SECOND_MS = 1000;
/** A read tells something if its record was written within this long before it. */
const MEMORY_MS = 10_000;
/** Reports come twice a second, from heartbeats ten times a second, and the lag changes meanwhile: so much may be missing. */
const TOLERANCE_MS = 500;
/** What an alert on lag is about (DESIGN section 7: alert at 500 ms); less is nothing to alert on. */
const ALERT_MS = 500;

/** Second pass over the recording: the oldest read of every second, by region. */
export class SeenLag {
  private readonly plan: RunPlan;
  private readonly records: RecordNames;
  private readonly history: WriteHistory;
  private readonly seenMs: (number | null)[][];

  constructor(plan: RunPlan, records: RecordNames, history: WriteHistory) {
    this.plan = plan;
    this.records = records;
    this.history = history;
    const length = Math.ceil(plan.durationMs / SECOND_MS);
    this.seenMs = plan.regions.map(() => Array.from({ length }, () => null));
  }

  add(c: RowContext): void {
    const { version } = c;
    const { source, startMs, servedRegion } = c.row;
    if (c.bad || c.interrupted || source !== REPLICA || version === null) return;
    if (!this.records.isRead[c.operation]) return;
    const ofRegion = this.seenMs[servedRegion];
    const at = Math.floor(startMs / SECOND_MS);
    if (ofRegion === undefined || at >= ofRegion.length) return;
    const behindMs = this.history.behindMs(this.records.of(c), version, startMs, MEMORY_MS);
    if (behindMs !== null) ofRegion[at] = Math.max(ofRegion[at] ?? 0, behindMs);
  }

  /** One entry per region that reads from a replica. */
  finish(journal: Journal): ReplicaLag[] {
    const samples = journal.last('lag-reports')?.samples ?? [];
    return this.plan.regions.flatMap(({ id, replica }, region) => {
      if (!replica) return [];
      const mine = samples.flatMap(({ sinceT0Ms, replicas }) =>
        replicas.filter((r) => r.region === id).map((r) => ({ sinceT0Ms, ...r })),
      );
      const seenMs = this.seenMs[region]!;
      const reportedMs = seenMs.map((_, i): number | null => {
        const within = mine.filter(({ sinceT0Ms }) => Math.floor(sinceT0Ms / SECOND_MS) === i);
        return within.length === 0 ? null : Math.max(...within.map(({ lagMs }) => lagMs));
      });
      return {
        region: id,
        atMs: seenMs.map((_, i) => i * SECOND_MS),
        seenMs: seenMs.map((ms) => (ms === null ? null : round(ms))),
        reportedMs,
        alerts: mine.filter(({ alert }) => alert).map(({ sinceT0Ms }) => sinceT0Ms),
      };
    });
  }
}

/** The cells of the limits on what the target says of its own lag; from the first bite to the last heal. */
export function lagCells(
  plan: RunPlan,
  faults: FaultInstants[],
  lag: ReplicaLag[],
  checks: SpoilingCheck[],
): CellVerdict[] {
  if (plan.experiment === null) return [];
  const { lagAlertMs, unreportedLagShare } = plan.experiment.limits;
  const bites = faults.flatMap(({ t0Ms }) => (t0Ms === null ? [] : [t0Ms]));
  const fromMs = Math.min(...bites);
  const toMs = Math.max(...faults.map(({ t1Ms }) => t1Ms ?? Infinity));
  return replicasIn(plan).flatMap((region) => {
    const figures = lag.find((at) => at.region === plan.regions[region]!.id);
    const isKnown = figures !== undefined && bites.length > 0 && figures.reportedMs.some((ms) => ms !== null);
    const cell = (claim: string, limit: { ms: number } | { share: number }, finding: () => Finding): CellVerdict =>
      limitCell(plan, { claim, region, limit }, isKnown ? finding() : UNKNOWN, checks);
    return [
      ...(lagAlertMs === null
        ? []
        : [cell(LIMIT_CLAIM.lagAlert, { ms: lagAlertMs }, () => alert(lagAlertMs, figures!, fromMs, toMs))]),
      ...(unreportedLagShare === null
        ? []
        : [
            cell(LIMIT_CLAIM.unreportedLag, { share: unreportedLagShare }, () =>
              unreported(unreportedLagShare, figures!, fromMs, toMs),
            ),
          ]),
    ];
  });
}

const UNKNOWN: Finding = { ...NOTHING, why: 'Not tested: the target reported no lag while the fault lasted.' };

function alert(
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
    return { status: valueMs <= limitMs ? 'PASS' : 'FAIL', why, valueMs, total, bad: 0 };
  }
  const since = atMs.find((ms, i) => ms >= fromMs && ms < toMs && (seenMs[i] ?? 0) > ALERT_MS);
  if (since === undefined)
    return { ...NOTHING, total, why: `Clients saw no replica more than ${ALERT_MS} ms behind: nothing to alert on.` };
  const why = `The alert never came, though clients saw more than ${ALERT_MS} ms from ${seconds(Math.max(0, since - fromMs))} after the bite on; ${limit}.`;
  return { status: 'FAIL', why, valueMs: null, total, bad: 1 };
}

/** Seconds in which clients saw more than was reported in it, or in the second before or after. */
function unreported(most: number, lag: ReplicaLag, fromMs: number, toMs: number): Finding {
  const { atMs, seenMs, reportedMs } = lag;
  const inFault = [...atMs.keys()].filter((i) => atMs[i]! >= fromMs && atMs[i]! < toMs && seenMs[i] !== null);
  const reported = (i: number): number => Math.max(...[i - 1, i, i + 1].map((at) => reportedMs[at] ?? 0));
  const bad = inFault.filter((i) => seenMs[i]! > reported(i) + TOLERANCE_MS).length;
  const total = inFault.length;
  if (total === 0) return { ...NOTHING, why: 'Not tested: no read while it lasted says how old it was.' };
  const worst = inFault.toSorted((a, b) => seenMs[b]! - reported(b) - (seenMs[a]! - reported(a)))[0]!;
  const why = `In ${count(bad)} of ${count(total)} seconds (${percent(bad / total)}) clients saw over ${TOLERANCE_MS} ms more lag than the target reported, at worst ${seconds(seenMs[worst]!)} against ${seconds(reported(worst))}; at most ${percent(most)} may be.`;
  return { status: shareStatus(bad, total, most), why, valueMs: null, total, bad };
}
