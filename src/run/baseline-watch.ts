/**
 * Whether a claim provably failed in the baseline of an experiment. Then no fault is injected, because its effect could
 * not be distinguished.
 */
import { counts, requestKind, subjectOf } from '../../claims/scope.ts';
import type { PlanClaim, RunPlan } from '../formats/plan.ts';
import { latencyUs, type RecordedRow, ROW_STATE } from '../formats/recording.ts';
import { CLIENT_ROLES, TIMETABLE_ROW_WORDS, type TimetableIndex } from '../formats/timetable.ts';
import { lowerBound } from '../statistics/binomial.ts';
import { ALPHA } from '../statistics/decision.ts';
import { clientOfRow } from '../formats/client-of-row.ts';

export interface BaselineWatch {
  add(row: RecordedRow): void;
  /** A sentence on a claim that failed; null while none has. */
  failure(): string | null;
}

interface Cell {
  claim: PlanClaim;
  region: number;
  limitMs: number | null;
  all: number;
  bad: number;
}

/**
 * Counts the rows of the baseline for per-region claims whose bad requests are known at once (latency, availability).
 * The judge decides after the run with more care. A cell has failed when the 95 % lower bound of its bad share, with
 * alpha divided among all cells, is above its limit.
 */
export function baselineWatch(plan: RunPlan, index: TimetableIndex, timetable: Uint8Array): BaselineWatch {
  const words = new Uint32Array(timetable.buffer, timetable.byteOffset, timetable.byteLength / 4);
  const { fromMs, toMs } = plan.phases.find(({ name, judged }) => judged && name === 'baseline')!;
  const clientOf = clientOfRow(index);
  const cells = plan.cells.flatMap(({ claim, subject, limitMs, infeasible }): Cell[] => {
    const its = plan.claims[claim]!;
    const counted = its.phase === 'baseline' && its.per === 'region' && !infeasible;
    const isKnown = requestKind(its)?.isJudgedLive ?? false;
    return counted && isKnown ? [{ claim: its, region: subject, limitMs, all: 0, bad: 0 }] : [];
  });
  return {
    add(row) {
      const at = row.row * TIMETABLE_ROW_WORDS;
      const dueMs = words[at]!;
      const operation = plan.operations[words[at + 1]! & 0xffff];
      if (
        row.attempt > 0 ||
        (row.state & ROW_STATE.heldBack) !== 0 ||
        dueMs < fromMs ||
        dueMs >= toMs ||
        operation?.kind !== 'request'
      )
        return;
      const client = clientOf(row.row);
      const role = CLIENT_ROLES[index.clients.role[client]!]!;
      const origin = index.clients.origin[client]!;
      const { homeRegion: home } = plan.origins[origin]!;
      const asking = { origin, home, tenant: words[at + 1]! >>> 16, row };
      const isBad = (row.state & ROW_STATE.bad) !== 0;
      for (const cell of cells) {
        const { claim, region, limitMs } = cell;
        if (!counts(claim, role, operation, plan.operations)) continue;
        if (subjectOf(plan, claim, operation, asking, row.requestedRegion) !== region) continue;
        cell.all += 1;
        if (isBad || (limitMs !== null && latencyUs(row, dueMs) > limitMs * 1000)) cell.bad += 1;
      }
    },
    failure() {
      const alpha = ALPHA / Math.max(1, cells.length);
      const cell = cells.find(({ all, bad, claim }) => all > 0 && lowerBound(bad, all, alpha) > claim.maxBadShare);
      if (!cell) return null;
      const { claim, region, all, bad } = cell;
      return `${claim.id} in ${plan.regions[region]!.id} failed in the baseline, before any fault: ${bad} of ${all} requests bad`;
    },
  };
}
