/** The matrix of every report: regions x claims, gating first. Other claims are listed separately, as wide claims. */
import type { PlanClaim, RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { CLAIMS } from '../../claims/index.ts';
import { SUBJECTS } from '../../claims/subjects.ts';
import { cellEvidence, cellValue, SYMBOL } from './figures.ts';

export interface MatrixRow {
  claim: PlanClaim;
  /** By region index; null where the claim does not apply. */
  cells: (CellVerdict | null)[];
}

/** A claim that is not per region: the cells of all cities, or the one of the whole target. */
export interface WideClaim {
  claim: PlanClaim;
  cells: CellVerdict[];
}

export interface Matrix {
  regions: string[];
  gating: MatrixRow[];
  informational: MatrixRow[];
  wide: WideClaim[];
}

/** Arranges all cells of the result by the claims and regions of the plan. */
export function layOutMatrix(plan: RunPlan, result: RunResult): Matrix {
  const regions = plan.regions.map((region) => region.id);
  const rows = claimsOf(plan)
    .filter((claim) => claim.per === 'region')
    .map((claim) => ({
      claim,
      cells: regions.map((id) => result.cells.find((c) => c.claim === claim.id && c.subject === id) ?? null),
    }))
    .filter((row) => row.cells.some((cell) => cell !== null));
  return {
    regions,
    gating: rows.filter((row) => row.claim.gating),
    informational: rows.filter((row) => !row.claim.gating),
    wide: claimsOf(plan)
      .filter((claim) => claim.per !== 'region')
      .map((claim) => ({ claim, cells: result.cells.filter((c) => c.claim === claim.id) }))
      .filter((row) => row.cells.length > 0),
  };
}

/** How many cells have each status, in order of severity: `9 PASS, 4 FAIL, 3 INFEASIBLE`. */
export function tally(cells: CellVerdict[]): { status: CellVerdict['status']; n: number }[] {
  const order: CellVerdict['status'][] = ['FAIL', 'INVALID', 'INCONCLUSIVE', 'INFEASIBLE', 'PASS'];
  return order
    .map((status) => ({ status, n: cells.filter((cell) => cell.status === status).length }))
    .filter(({ n }) => n > 0);
}

/** One line on a wide claim: how many cities have each status, or the cell of the target. */
export function wideWords(plan: RunPlan, { claim, cells }: WideClaim): string {
  const weight = weightOf(plan, claim);
  const head = `${claim.id} (${claim.gating || weight === 'informational' ? weight : `informational, ${weight}`})`;
  const [only] = cells;
  if (claim.per === 'target' && only !== undefined)
    return `${head}: ${SYMBOL[only.status]} ${only.status} ${cellValue(only)}, ${cellEvidence(only)}`;
  const counts = tally(cells).map(({ status, n }) => `${n} ${SYMBOL[status]} ${status}`);
  return `${head}, by ${SUBJECTS[claim.per].one}: ${counts.join(', ')}`;
}

/** Gating cells that are not PASS, FAIL first. INVALID cells are left out if a failed check explains them. */
export const troubles = (result: RunResult): CellVerdict[] => {
  const order = ['FAIL', 'INVALID', 'INFEASIBLE', 'INCONCLUSIVE'];
  const explained = result.validity.some((check) => !check.ok);
  return result.cells
    .filter((cell) => cell.gating && cell.status !== 'PASS' && !(explained && cell.status === 'INVALID'))
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
};

/** In the order of the plan; in an experiment the claims on faults and data come first. */
const claimsOf = ({ claims, experiment }: RunPlan): PlanClaim[] => {
  if (experiment === null) return claims;
  const isFinding = ({ kind }: PlanClaim): boolean => CLAIMS[kind].judges === 'figures';
  return [...claims.filter(isFinding), ...claims.filter((claim) => !isFinding(claim))];
};

/** The claim of the plan with this id. @throws Error if the result does not belong to the plan. */
export function claimOf(plan: RunPlan, id: string): PlanClaim {
  const claim = plan.claims.find((c) => c.id === id);
  if (!claim) throw new Error(`result.json names claim "${id}", which plan.json does not have`);
  return claim;
}

/** `gating`, `informational`, or in an experiment `baseline, not gating`. */
export const weightOf = (plan: RunPlan, { gating, phase }: PlanClaim): string =>
  gating ? 'gating' : plan.experiment !== null && phase === 'baseline' ? 'baseline, not gating' : 'informational';

/** A city's name; the id if the plan has none. */
export const cityName = (plan: RunPlan, originId: string): string =>
  plan.origins.find((origin) => origin.id === originId)?.city ?? originId;
