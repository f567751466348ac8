/** All reports of a run. To add one: a file that renders it, its line in FILES, a test (docs/add-a-report.md). */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brokenError } from '../../src/errors.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { RunResult } from '../run-result.ts';
import { renderHtml } from './html/page.ts';
import { renderJson } from './json.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';

type Renderer = (plan: RunPlan, result: RunResult) => string;

const FILES: Record<string, Renderer> = {
  'result.json': renderJson,
  'junit.xml': renderJunit,
  'summary.md': renderMarkdown,
  'report.html': renderHtml,
};

/**
 * Writes every report into `dir`, each atomically, and returns their paths in the order of FILES. If one fails, the
 * others are still written and its error is thrown afterwards.
 */
export async function writeReports(dir: string, plan: RunPlan, result: RunResult): Promise<string[]> {
  const written = await Promise.allSettled(
    Object.entries(FILES).map(async ([name, render]) => {
      const path = join(dir, name);
      const text = render(plan, result);
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
      return path;
    }),
  );
  const failed = written.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason instanceof Error ? failed.reason : brokenError({ what: String(failed.reason) });
  return written.map((outcome) => (outcome as PromiseFulfilledResult<string>).value);
}

export { renderConsole } from './console.ts';
export { LiveView } from './live.ts';
export { wantsColour } from './paint.ts';
