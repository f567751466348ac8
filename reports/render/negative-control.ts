/** The negative control of an experiment: regions that it must not hurt, and what was judged there meanwhile. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { SYMBOL } from './figures.ts';

/** A line a region; none where every region may be hurt. */
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
  return ['  Outside the fault (negative control)', ...words.map((text) => `    ${text}`)];
}

/** Regions that the experiment must not hurt; none for a run without one. */
export const untouchedRegions = (plan: RunPlan): string[] =>
  plan.regions.filter((_, i) => plan.experiment !== null && !plan.experiment.regions.includes(i)).map(({ id }) => id);

/** Whether the cell is of a claim that is judged while the fault lasts. */
export const isDuring = (plan: RunPlan, cell: CellVerdict): boolean =>
  plan.claims.some((claim) => claim.id === cell.claim && claim.phase === 'fault');
