/**
 * The matrix that every report opens with: regions x claims, gating first; claims per city, or on the target, apart.
 */
import type { PlanClaim, RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { CLAIMS } from '../../claims/index.ts';
import { SUBJECTS } from '../../claims/subjects.ts';
import { cellEvidence, cellValue, SYMBOL } from './figures.ts';

export interface MatrixRow {
  claim: PlanClaim;
  /** By region index; null where the claim says nothing about the region. */
  cells: (CellVerdict | null)[];
}

/** A claim that is not judged by region: the cells of all cities, or the one of the target as a whole. */
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

/** Lays the result's cells out by the plan's claims and regions; judges nothing, leaves nothing out. */
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

/** A wide claim in a line: how many cities have each status, or what was found of the target. */
export function wideWords(plan: RunPlan, { claim, cells }: WideClaim): string {
  const head = `${claim.id} (${weightOf(plan, claim)})`;
  const [only] = cells;
  if (claim.per === 'target' && only !== undefined)
    return `${head}: ${SYMBOL[only.status]} ${only.status} ${cellValue(only)}, ${cellEvidence(only)}`;
  const counts = tally(cells).map(({ status, n }) => `${n} ${SYMBOL[status]} ${status}`);
  return `${head}, by ${SUBJECTS[claim.per].one}: ${counts.join(', ')}`;
}

/**
 * Cells that need words: gating and not PASS, FAIL first. Where the run itself does not count, its checks say why once,
 * and not every cell again.
 */
export const troubles = (result: RunResult): CellVerdict[] => {
  const order = ['FAIL', 'INVALID', 'INFEASIBLE', 'INCONCLUSIVE'];
  const explained = result.validity.some((check) => !check.ok);
  return result.cells
    .filter((cell) => cell.gating && cell.status !== 'PASS' && !(explained && cell.status === 'INVALID'))
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
};

/** In the order of the plan; of an experiment first what was found of faults and data: it is what it is about. */
const claimsOf = ({ claims, experiment }: RunPlan): PlanClaim[] => {
  if (experiment === null) return claims;
  const isFound = ({ kind }: PlanClaim): boolean => CLAIMS[kind].counts === 'findings';
  return [...claims.filter(isFound), ...claims.filter((claim) => !isFound(claim))];
};

/** The id's claim of the plan; a result that names another does not belong to the plan. */
export function claimOf(plan: RunPlan, id: string): PlanClaim {
  const claim = plan.claims.find((c) => c.id === id);
  if (!claim) throw new Error(`result.json names claim "${id}", which plan.json does not have`);
  return claim;
}

/** What a claim that does not gate is there for: in a run with faults, to say how things were before them. */
export const weightOf = (plan: RunPlan, { gating, phase }: PlanClaim): string =>
  gating ? 'gating' : plan.experiment !== null && phase === 'baseline' ? 'before the fault' : 'informational';

/** A city's name for people; the id where the plan has none. */
export const cityName = (plan: RunPlan, originId: string): string =>
  plan.origins.find((origin) => origin.id === originId)?.city ?? originId;
