/**
 * Verdicts on the limits of an experiment that are about carts, one cell per limit and region. What was not measured is
 * INCONCLUSIVE, "Not tested", never PASS; what may be wrong counts as wrong before anything PASSes.
 */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CartFigures, CartRegion } from '../../src/formats/data-figures.ts';
import type { CellVerdict } from '../../src/formats/run-result.ts';
import { LIMIT_CLAIM } from '../limit-claims.ts';
import { type Finding, type Limit, limitCell, NOTHING, seconds } from './limit-cell.ts';
import type { SpoilingCheck } from './validity.ts';
import { count, list } from './words.ts';

/** Cells in the order of LIMIT_CLAIM, then of the plan's regions: a wrong winner spreads to where nothing was broken. */
export function dataCells(plan: RunPlan, carts: CartFigures | null, checks: SpoilingCheck[]): CellVerdict[] {
  if (plan.experiment === null) return [];
  const { wrongCartWinners, convergenceMs } = plan.experiment.limits;
  const cell = (claim: string, region: number, limit: Limit, found: Finding): CellVerdict =>
    limitCell(plan, { claim, region, limit }, found, checks);
  // A plan of before there were carts has no such limit.
  const regions = [...plan.regions.keys()];
  return [
    ...(typeof wrongCartWinners !== 'number'
      ? []
      : regions.map((region) =>
          cell(
            LIMIT_CLAIM.wrongCartWinners,
            region,
            { count: wrongCartWinners },
            winners(wrongCartWinners, carts, region),
          ),
        )),
    ...(typeof convergenceMs !== 'number'
      ? []
      : regions.map((region) =>
          cell(LIMIT_CLAIM.convergence, region, { ms: convergenceMs }, convergence(convergenceMs, carts, region)),
        )),
  ];
}

const untested = (why: string): Finding => ({ ...NOTHING, why: `Not tested: ${why}` });

function winners(most: number, figures: CartFigures | null, region: number): Finding {
  const limit = `at most ${count(most)} may be`;
  const its = figures?.regions[region];
  if (!its || its.carts === 0) return untested(`no edit of a cart was acknowledged; ${limit}.`);
  if (!its.wasRead) {
    const because = its.unreadBecause === undefined ? '' : ` (${its.unreadBecause})`;
    return untested(`${its.region} could not be asked for its carts afterwards${because}; ${limit}.`);
  }
  const { carts, wrong, unjudged } = its;
  const status = wrong > most ? 'FAIL' : wrong + unjudged > most ? 'INCONCLUSIVE' : 'PASS';
  const open = unjudged === 0 ? '' : ` Of ${count(unjudged)} nobody can say it.`;
  const why = `${count(wrong)} of ${count(carts)} carts are wrong at the end${kinds(its)}; ${limit}.${open}`;
  return { status, why, valueMs: null, total: carts - unjudged, bad: wrong };
}

function kinds({ ancestors, strangers, gone }: CartRegion): string {
  const words = [
    ancestors > 0 && `${count(ancestors)} hold a write that others had seen and replaced`,
    strangers > 0 && `${count(strangers)} hold nobody's write`,
    gone > 0 && `${count(gone)} are gone`,
  ].filter((word) => word !== false);
  return words.length === 0 ? '' : ` (${list(words)})`;
}

function convergence(limitMs: number, figures: CartFigures | null, region: number): Finding {
  const limit = `at most ${seconds(limitMs)} allowed`;
  const its = figures?.regions[region];
  if (!figures || !its) return untested(`no edit of a cart was acknowledged; ${limit}.`);
  const { fromMs, toMs, reads, unseen } = its;
  const apart = figures.differing ?? 0;
  const seen = { valueMs: toMs, total: reads, bad: 0 };
  // What differs after everybody fell silent has not converged, whatever clients were shown meanwhile.
  if (apart > 0 && figures.readAfterMs !== null) {
    const status = figures.readAfterMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
    const why = `${count(apart)} carts still differ between the regions ${seconds(figures.readAfterMs)} after the heal; ${limit}.`;
    return { status, why, ...seen, valueMs: null };
  }
  if (fromMs === null)
    return untested(
      figures.during === 0
        ? `no edit of a cart was acknowledged while the fault lasted; ${limit}.`
        : `no client read in ${its.region} after the heal what the others had written; ${limit}.`,
    );
  const blind = unseen === 0 ? '' : ` ${count(unseen)} carts were not read there.`;
  if (fromMs > limitMs || toMs === null) {
    const why = `What the others had written while the fault lasted was still lacking ${seconds(fromMs)} after the heal; ${limit}.${blind}`;
    return { status: fromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE', why, ...seen };
  }
  const status = toMs <= limitMs && unseen === 0 && figures.unclear === 0 ? 'PASS' : 'INCONCLUSIVE';
  const unclear =
    figures.unclear === 0 ? '' : ` ${count(figures.unclear)} acknowledged edits do not say what they made.`;
  const why = `What the others had written while the fault lasted was there between ${seconds(fromMs)} and ${seconds(toMs)} after the heal; ${limit}.${blind}${unclear}`;
  return { status, why, ...seen };
}
