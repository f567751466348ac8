import type { PlanOrigin, RunPlan } from '../formats/plan.ts';
import { requestsOf } from './operations.ts';

/** Due times, ms since T0, of requests that may hang until their timeout. */
export interface HangWindow {
  fromMs: number;
  toMs: number;
}

/** Slack around the planned instants: a request due just before a fault may hang too. */
const AROUND_MS = 1_000;

/**
 * From the first fault to the last, for origins whose home region may be affected; null for all others. A fault that is
 * on replication links alone is in the way of no request, so that clients keep their connections and cookies.
 */
export function hangWindow(plan: Pick<RunPlan, 'experiment'>, origin: PlanOrigin): HangWindow | null {
  const { experiment } = plan;
  if (!experiment || origin.kind === 'control' || !experiment.regions.includes(origin.homeRegion)) return null;
  const faults = experiment.faults.filter(
    ({ sites }) => sites.length === 0 || sites.some(({ kind }) => kind !== 'replication'),
  );
  if (faults.length === 0) return null;
  return {
    fromMs: Math.min(...faults.map(({ fromMs }) => fromMs)) - AROUND_MS,
    toMs: Math.max(...faults.map(({ toMs }) => toMs)) + AROUND_MS,
  };
}

/** The longest a row of an operation can take, ms: every request of it times out. */
export const hangMs = (plan: Pick<RunPlan, 'operations'>, operation: number): number =>
  requestsOf(plan.operations, operation).reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
