/** What was measured, as lines of plain text: for the terminal and for the job summary. */
import { askMeasures } from '../../claims/measures/index.ts';
import type { Line } from '../../claims/measures/measure.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RunResult } from '../run-result.ts';
import { contextOf } from './context.ts';
import { fisLines } from './fis-lines.ts';
import { controlLines } from './negative-control.ts';
import { hanging } from './paint.ts';

/**
 * What each measure tells, with the FIS experiments of faults unless they are told elsewhere, and the negative control;
 * nothing for a run of load that followed no data.
 */
export function measuredLines(
  plan: RunPlan,
  result: RunResult,
  width: number,
  { withFis = true }: { withFis?: boolean } = {},
): string[] {
  const context = contextOf(plan, result, (fault): Line[] => (withFis ? fisLines(result, fault) : []));
  const told = askMeasures(result.figures, (measure, figures) => measure.lines?.(figures, context) ?? []);
  return [...told.flat(), ...controlLines(plan, result)].flatMap((line) =>
    typeof line === 'string' ? hanging(line, width) : [line.whole],
  );
}
