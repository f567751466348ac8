/**
 * The guard of an experiment: clients outside the blast radius must not be affected. Reads rows as they are recorded.
 */
import type { PlanExperiment } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { type RecordedRow, ROW_STATE } from '../formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_BYTES, type TimetableIndex } from '../formats/timetable.ts';
import { clientOfRow } from '../formats/client-of-row.ts';

/** A window with fewer requests is not evaluated. */
const MIN_REQUESTS = 20;

const STEP_MS = 500;

/**
 * A request that is not recorded this long after it was due counts as bad: it hangs, or its client does (DESIGN section
 * 5).
 */
const GRACE_MS = 2_000;

export interface OutsideGuard {
  add(row: RecordedRow): void;
  /** A sentence if the share of bad requests outside the blast radius exceeds its limit at `nowMs` (since T0). */
  violation(nowMs: number): string | null;
}

/**
 * Counts requests of users and probes whose home region is outside the blast radius, by the instant they ended, and
 * those that are overdue. `timetable` is timetable.bin.
 */
export function outsideGuard(
  plan: RunPlan,
  experiment: PlanExperiment,
  index: TimetableIndex,
  timetable: Uint8Array,
): OutsideGuard {
  const { outsideBadShare, windowMs } = experiment.guards;
  const { origin, role } = index.clients;
  const counted = role.map((its, client) => {
    const name = CLIENT_ROLES[its];
    const home = plan.origins[origin[client]!]!.homeRegion;
    return (name === 'mix' || name === 'topup' || name === 'probe') && !experiment.regions.includes(home);
  });
  const clientOf = clientOfRow(index);
  const totals = new Map<number, { all: number; bad: number }>();
  const words = new DataView(timetable.buffer, timetable.byteOffset, timetable.byteLength);
  const dueStep = (row: number): number =>
    Math.min(open.length - 1, Math.floor(words.getUint32(row * TIMETABLE_ROW_BYTES, true) / STEP_MS));
  /** Rows that are not recorded yet, by the step in which they are due. */
  const open = new Int32Array(Math.ceil(plan.durationMs / STEP_MS) + 1);
  for (const [client, isCounted] of counted.entries()) {
    const first = index.clients.firstRow[client]!;
    if (!isCounted) continue;
    for (let row = first; row < first + index.clients.rows[client]!; row += 1) open[dueStep(row)]! += 1;
  }

  return {
    add(row) {
      // As in the judge, the first attempt decides.
      if (row.attempt > 0 || !counted[clientOf(row.row)]) return;
      if (row.step === 0) open[dueStep(row.row)]! -= 1;
      const step = Math.floor((row.startMs + row.totalUs / 1000) / STEP_MS);
      const total = totals.get(step) ?? { all: 0, bad: 0 };
      total.all += 1;
      if (row.state & ROW_STATE.bad) total.bad += 1;
      totals.set(step, total);
    },
    violation(nowMs) {
      const [last, first] = [Math.floor(nowMs / STEP_MS), Math.floor((nowMs - windowMs) / STEP_MS)];
      let [all, bad] = [0, 0];
      for (let step = first; step <= last; step += 1) {
        all += totals.get(step)?.all ?? 0;
        bad += totals.get(step)?.bad ?? 0;
      }
      const overdue = Math.max(0, sum(open.subarray(0, Math.max(0, Math.floor((nowMs - GRACE_MS) / STEP_MS)))));
      all += overdue;
      bad += overdue;
      if (all < MIN_REQUESTS || bad / all <= outsideBadShare) return null;
      const share = ((bad / all) * 100).toFixed(1);
      return `${share} % of ${all} requests outside the blast radius were bad or overdue within ${windowMs / 1000} s (limit ${outsideBadShare * 100} %)`;
    },
  };
}

const sum = (of: Int32Array): number => of.reduce((a, b) => a + b, 0);
