/**
 * Whether the baseline of an experiment provably broke a claim: then nothing is injected, for it could not be told
 * apart.
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
  /** The claim that is broken, in words; null while none is known to be. */
  broken(): string | null;
}

interface Cell {
  claim: PlanClaim;
  region: number;
  limitMs: number | null;
  all: number;
  bad: number;
}

/**
 * Counts claims per region whose requests are bad at once (latency, availability) over the rows of the baseline, as the
 * judge does afterwards with more care. A cell is broken when the 95 % lower bound of its bad share, divided among all
 * cells, is beyond its limit.
 */
export function baselineWatch(plan: RunPlan, index: TimetableIndex, timetable: Uint8Array): BaselineWatch {
  const words = new Uint32Array(timetable.buffer, timetable.byteOffset, timetable.byteLength / 4);
  const { fromMs, toMs } = plan.phases.find(({ name, judged }) => judged && name === 'baseline')!;
  const clientOf = clientOfRow(index);
  const cells = plan.cells.flatMap(({ claim, subject, limitMs, infeasible }): Cell[] => {
    const its = plan.claims[claim]!;
    const counted = its.phase === 'baseline' && its.per === 'region' && !infeasible;
    const isKnown = requestKind(its)?.isBadAtOnce ?? false;
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
        if (subjectOf(plan, claim, operation, asking, row.askedRegion) !== region) continue;
        cell.all += 1;
        if (isBad || (limitMs !== null && latencyUs(row, dueMs) > limitMs * 1000)) cell.bad += 1;
      }
    },
    broken() {
      const alpha = ALPHA / Math.max(1, cells.length);
      const cell = cells.find(({ all, bad, claim }) => all > 0 && lowerBound(bad, all, alpha) > claim.maxBadShare);
      if (!cell) return null;
      const { claim, region, all, bad } = cell;
      return `${claim.id} in ${plan.regions[region]!.id} was broken before anything was injected: ${bad} of ${all} requests bad`;
    },
  };
}
