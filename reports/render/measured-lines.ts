/** The measures as lines of plain text, for the terminal and the job summary. */
import { mapMeasures } from '../../claims/measures/index.ts';
import type { Line } from '../../claims/measures/measure.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RunResult } from '../run-result.ts';
import { contextOf } from './context.ts';
import { fisLines } from './fis-lines.ts';
import { controlLines } from './negative-control.ts';
import { hanging } from './paint.ts';

/** Lines of all measures, with the FIS experiments (unless `withFis` is false) and the negative control. */
export function measuredLines(
  plan: RunPlan,
  result: RunResult,
  width: number,
  { withFis = true }: { withFis?: boolean } = {},
): string[] {
  const context = contextOf(plan, result, (fault): Line[] => (withFis ? fisLines(result, fault) : []));
  const lines = mapMeasures(result.figures, (measure, figures) => measure.lines?.(figures, context) ?? []);
  return [...lines.flat(), ...controlLines(plan, result)].flatMap((line) =>
    typeof line === 'string' ? hanging(line, width) : [line.whole],
  );
}
