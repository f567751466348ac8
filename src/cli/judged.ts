import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { judgeRun } from '../../reports/judge/index.ts';
import { renderConsole, wantsColour, writeReports } from '../../reports/render/index.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { RunResult } from '../../reports/run-result.ts';

/** Judges the sealed run in `dir`, writes its reports, and prints the verdict: as text, or as result.json. */
export async function judgeAndReport(dir: string, json: boolean): Promise<RunResult> {
  const result = await judgeRun(dir, { judgedAt: new Date().toISOString() });
  const plan = JSON.parse(await readFile(join(dir, 'plan.json'), 'utf8')) as RunPlan;
  const paths = await writeReports(dir, plan, result);
  const reportPath = relative(process.cwd(), paths.find((path) => path.endsWith('.html')) ?? dir);
  if (json) process.stdout.write(await readFile(join(dir, 'result.json'), 'utf8'));
  else process.stdout.write(renderConsole(plan, result, { colour: wantsColour(process.stdout), reportPath }));
  return result;
}
