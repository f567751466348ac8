/** The context that a measure gets to report its figures. */
import type { Context } from '../../claims/measures/measure.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { seconds } from '../../src/formats/words.ts';
import type { RunResult } from '../run-result.ts';
import { SYMBOL } from './figures.ts';

/** `faultDetails` returns what else reports have on the fault with a number. */
export const contextOf = <T>(plan: RunPlan, result: RunResult, faultDetails: (fault: number) => T): Context<T> => ({
  plan,
  limitOf(kind, region) {
    const cell = result.cells.find((c) => c.kind === kind && c.subject === region);
    return cell === undefined || cell.limitMs === null
      ? ''
      : ` (limit ${seconds(cell.limitMs)} ${SYMBOL[cell.status]})`;
  },
  faultDetails,
});
