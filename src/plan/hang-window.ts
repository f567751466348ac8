import type { PlanOrigin, RunPlan } from '../formats/plan.ts';
import { requestsOf } from './operations.ts';

/** Due times, since T0, of requests that may not be answered before their time-out. */
export interface HangWindow {
  fromMs: number;
  toMs: number;
}

/** Slack around the planned instants: a request that is due just before a fault hangs in it too. */
const AROUND_MS = 1_000;

/** From the first fault to the last, for origins whose home region may suffer; null for all others. */
export function hangWindow(plan: Pick<RunPlan, 'experiment'>, origin: PlanOrigin): HangWindow | null {
  const { experiment } = plan;
  if (!experiment || origin.kind === 'control' || !experiment.regions.includes(origin.homeRegion)) return null;
  return {
    fromMs: Math.min(...experiment.faults.map(({ fromMs }) => fromMs)) - AROUND_MS,
    toMs: Math.max(...experiment.faults.map(({ toMs }) => toMs)) + AROUND_MS,
  };
}

/** The longest a row of an operation can take, ms: every request of it runs into its time-out. */
export const hangMs = (plan: Pick<RunPlan, 'operations'>, operation: number): number =>
  requestsOf(plan.operations, operation).reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
