/**
 * The evacuation of an experiment: its own clock from the journal, when people were elsewhere from their rows, and the
 * verdict on its limit. Clients that follow names (`fresh`, `ttl`) are looked at: a `sticky` one stays where its connection
 * is until that breaks, and no decision about names reaches it. The share is that of the failover curve (clock-times.ts),
 * from when the evacuation was asked for to when the last fault was gone.
 */
import type { EvacuationFigures } from '../../src/formats/evacuation.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, FaultFigures } from '../../src/formats/run-result.ts';
import { LIMIT_CLAIM } from '../limit-claims.ts';
import type { FailoverClock } from './failover-clock.ts';
import { LEAST_PER_SECOND } from './failover-figures.ts';
import { type Finding, limitCell, NOTHING, seconds } from './limit-cell.ts';
import type { Journal } from './run-files.ts';
import type { SpoilingCheck } from './validity.ts';

/** What became of it; null for an experiment that declares none. */
export function evacuationFigures(plan: RunPlan, journal: Journal, clock: FailoverClock): EvacuationFigures | null {
  const evacuate = plan.experiment?.evacuate ?? null;
  if (evacuate === null) return null;
  const steps = journal.all('evacuation');
  const [asked, done, undone] = (['asked', 'done', 'undone'] as const).map((step) =>
    steps.find((s) => s.step === step),
  );
  const askedMs = asked?.sinceT0Ms ?? null;
  return {
    title: evacuate.title,
    askedMs,
    doneMs: done?.sinceT0Ms ?? null,
    tookMs: done?.tookMs ?? null,
    ok: done?.ok ?? null,
    message: done?.message ?? '',
    undone: undone?.ok ?? null,
    ...clock.elsewhere(evacuate.regions, askedMs),
  };
}

/** One cell per evacuated region; none without a limit. */
export function evacuationCells(
  plan: RunPlan,
  faults: FaultFigures[],
  figures: EvacuationFigures | null,
  checks: SpoilingCheck[],
): CellVerdict[] {
  const limitMs = plan.experiment?.limits.evacuationMs ?? null;
  if (limitMs === null || figures === null) return [];
  return figures.regions.map(({ region, t99Ms }) => {
    const index = plan.regions.findIndex(({ id }) => id === region);
    const cell = { claim: LIMIT_CLAIM.evacuation, region: index, limit: { ms: limitMs } };
    return limitCell(plan, cell, finding(limitMs, figures, faults, region, t99Ms), checks);
  });
}

function finding(
  limitMs: number,
  figures: EvacuationFigures,
  faults: FaultFigures[],
  region: string,
  t99Ms: number | null,
): Finding {
  const { title, askedMs, ok, tookMs, message, watchedMs } = figures;
  const limit = `at most ${seconds(limitMs)} allowed`;
  const of = faults.flatMap((fault) => fault.regions.filter((one) => one.region === region));
  const looked = of.flatMap(({ cohorts }) => cohorts.filter(({ cohort }) => cohort === 'fresh' || cohort === 'ttl'));
  const seen = {
    valueMs: ok ? t99Ms : null,
    total: looked.reduce((sum, { requests }) => sum + requests, 0),
    bad: looked.reduce((sum, { bad }) => sum + bad, 0),
  };
  if (askedMs === null) return { ...NOTHING, why: `Not tested: the evacuation (${title}) was never asked for.` };
  if (ok === null) return { ...NOTHING, why: `Not tested: nobody knows what became of the evacuation (${title}).` };
  if (!ok)
    return {
      status: 'FAIL',
      why: `The evacuation (${title}) failed after ${seconds(tookMs ?? 0)}: ${message}.`,
      ...seen,
    };
  if (!of.some(({ timedAfter }) => timedAfter))
    return {
      status: 'INCONCLUSIVE',
      why: `Not tested: clients at home in ${region} that follow names sent fewer than ${LEAST_PER_SECOND} requests a second.`,
      ...seen,
    };
  if (t99Ms !== null)
    return {
      status: t99Ms <= limitMs ? 'PASS' : 'FAIL',
      why: `99 % of what clients ask was answered elsewhere ${seconds(t99Ms)} after the evacuation was asked for; ${limit}.`,
      ...seen,
    };
  const never = `99 % of what clients ask was not answered elsewhere in the ${seconds(watchedMs)} from the evacuation on that were watched`;
  return watchedMs < limitMs
    ? { status: 'INCONCLUSIVE', why: `${never}; ${limit}, so nothing is decided.`, ...seen }
    : { status: 'FAIL', why: `${never}; ${limit}.`, ...seen };
}

/** Why people may still be kept out of a region, in a sentence; null where nothing says so. */
export function leftEvacuated(plan: RunPlan, journal: Journal): string | null {
  const undone = journal.all('evacuation').find(({ step }) => step === 'undone');
  if (undone === undefined || undone.ok) return null;
  const { title = 'the evacuation' } = plan.experiment?.evacuate ?? {};
  return `People may still be kept out of a region: ${title} was not taken back (${undone.message}).`;
}
