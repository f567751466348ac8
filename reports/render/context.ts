/** What a measure is told beside its figures when it tells of them. */
import type { Context } from '../../claims/measures/measure.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { seconds } from '../../src/formats/words.ts';
import type { RunResult } from '../run-result.ts';
import { SYMBOL } from './figures.ts';

/** `besides` says what else is known of the fault with a number. */
export const contextOf = <T>(plan: RunPlan, result: RunResult, besides: (fault: number) => T): Context<T> => ({
  plan,
  against(kind, region) {
    const cell = result.cells.find((c) => c.kind === kind && c.subject === region);
    return cell === undefined || cell.limitMs === null
      ? ''
      : ` (limit ${seconds(cell.limitMs)} ${SYMBOL[cell.status]})`;
  },
  besides,
});
