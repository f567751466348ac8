/** The negative control of an experiment: verdicts during the fault in regions that it must not affect. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { SYMBOL } from './figures.ts';

/** A line per region; none if the experiment affects every region. */
export function controlLines(plan: RunPlan, result: RunResult): string[] {
  const outside = untouchedRegions(plan);
  if (outside.length === 0) return [];
  const cells = result.cells.filter((cell) => outside.includes(cell.subject) && isDuring(plan, cell));
  const words = outside.map((id) => {
    const mine = cells.filter((cell) => cell.subject === id);
    return mine.length === 0
      ? `${id} not judged`
      : `${id} ${mine.map((c) => `${SYMBOL[c.status]} ${c.claim}`).join(', ')}`;
  });
  return ['  Unaffected regions (negative control)', ...words.map((text) => `    ${text}`)];
}

/** Regions that the experiment must not affect; none for a load run. */
export const untouchedRegions = (plan: RunPlan): string[] =>
  plan.regions.filter((_, i) => plan.experiment !== null && !plan.experiment.regions.includes(i)).map(({ id }) => id);

/** Whether the claim of the cell is judged during the fault. */
export const isDuring = (plan: RunPlan, cell: CellVerdict): boolean =>
  plan.claims.some((claim) => claim.id === cell.claim && claim.phase === 'fault');
