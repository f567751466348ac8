/** The guard of an experiment: people outside the blast radius must not suffer. Looks at rows as they are recorded. */
import type { PlanExperiment } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';
import { type RecordedRow, ROW_STATE } from '../formats/recording.ts';
import { CLIENT_ROLES, type TimetableIndex } from '../formats/timetable.ts';
import { clientOfRow } from './client-of-row.ts';

/** Fewer requests than this in a window say nothing. */
const LEAST = 20;

const STEP_MS = 500;

export interface OutsideGuard {
  add(row: RecordedRow): void;
  /** In words, if the share of bad requests outside the blast radius is beyond the limit now (ms since T0); else null. */
  crossed(nowMs: number): string | null;
}

/** Counts requests of people and probes whose home region is not one that may suffer, by the instant they ended. */
export function outsideGuard(plan: RunPlan, experiment: PlanExperiment, index: TimetableIndex): OutsideGuard {
  const { outsideBadShare, windowMs } = experiment.guards;
  const { origin, role } = index.clients;
  const counted = role.map((its, client) => {
    const name = CLIENT_ROLES[its];
    const home = plan.origins[origin[client]!]!.homeRegion;
    return (name === 'mix' || name === 'topup' || name === 'probe') && !experiment.regions.includes(home);
  });
  const clientOf = clientOfRow(index);
  const totals = new Map<number, { all: number; bad: number }>();

  return {
    add(row) {
      if (!counted[clientOf(row.row)]) return;
      const step = Math.floor((row.startMs + row.totalUs / 1000) / STEP_MS);
      const total = totals.get(step) ?? { all: 0, bad: 0 };
      total.all += 1;
      if (row.state & ROW_STATE.bad) total.bad += 1;
      totals.set(step, total);
    },
    crossed(nowMs) {
      const [last, first] = [Math.floor(nowMs / STEP_MS), Math.floor((nowMs - windowMs) / STEP_MS)];
      let [all, bad] = [0, 0];
      for (let step = first; step <= last; step += 1) {
        all += totals.get(step)?.all ?? 0;
        bad += totals.get(step)?.bad ?? 0;
      }
      if (all < LEAST || bad / all <= outsideBadShare) return null;
      const share = ((bad / all) * 100).toFixed(1);
      return `${share} % of ${all} requests outside the blast radius were bad within ${windowMs / 1000} s (at most ${outsideBadShare * 100} % may be)`;
    },
  };
}
