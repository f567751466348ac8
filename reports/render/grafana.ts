/** Link from a report to the dashboard of reports/observability at the time range of the run. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RunResult } from '../run-result.ts';

/** Time shown before and after the run. */
const MARGIN_MS = 30_000;

/** URL of the dashboard; null without Grafana, or if the run never started. */
export function grafanaLink(plan: RunPlan, result: RunResult): string | null {
  // Plans of older runs have no such field.
  if (!plan.grafanaUrl || result.startedAt === null) return null;
  const t0EpochMs = Date.parse(result.startedAt);
  const query = new URLSearchParams({
    'var-run': result.runId,
    from: String(t0EpochMs - MARGIN_MS),
    to: String(t0EpochMs + plan.durationMs + MARGIN_MS),
  });
  return `${plan.grafanaUrl}/d/antipode?${query.toString()}`;
}
