import { z } from 'zod';
import { brokenError } from '../../src/errors.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { type RunResult, resultSchema } from '../run-result.ts';

/** result.json. @throws AntipodeError (exit 4) if the result does not match its schema: a bug in the judge. */
export function renderJson(_plan: RunPlan, result: RunResult): string {
  const checked = resultSchema.safeParse(result);
  if (checked.success) return `${JSON.stringify(result, null, 1)}\n`;
  const { path, message } = checked.error.issues[0]!;
  throw brokenError({
    what: 'the run result does not match its schema',
    where: `result.json ${path.join('.')}`,
    got: message,
    next: 'This is a bug in Antipode. Please report it with the run directory.',
  });
}

/** The published JSON Schema of result.json. */
export const resultJsonSchema = (): Record<string, unknown> => ({ ...z.toJSONSchema(resultSchema) });
