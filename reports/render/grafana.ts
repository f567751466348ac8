/** From a report to what Prometheus has of its run: the dashboard of reports/observability at the run's time range. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RunResult } from '../run-result.ts';

/** Shown before and after the run, so that what led to it and what it left is seen. */
const MARGIN_MS = 30_000;

/** The dashboard's address; null for a run that has no Grafana, or never started. */
export function grafanaLink(plan: RunPlan, result: RunResult): string | null {
  // Runs sealed before there was such a link have nothing in their plan.
  if (!plan.grafanaUrl || result.startedAt === null) return null;
  const t0EpochMs = Date.parse(result.startedAt);
  const query = new URLSearchParams({
    'var-run': result.runId,
    from: String(t0EpochMs - MARGIN_MS),
    to: String(t0EpochMs + plan.durationMs + MARGIN_MS),
  });
  return `${plan.grafanaUrl}/d/antipode?${query.toString()}`;
}
