import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import type { SampleKind } from '../../test/sample/scene.ts';
import { renderConsole } from './console.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';

// Generated text against files in golden/; `npx vitest run --project unit reports/render -u` writes them anew.
const KINDS: SampleKind[] = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID', 'interrupted', 'nothing', 'fault', 'fis'];

describe.each(KINDS)('a sample run that ends %s', (kind) => {
  const { plan, result } = sampleRun(kind);
  const golden = (extension: string): string => `golden/${kind.toLowerCase()}.${extension}`;

  it('reads on the terminal as its golden file does', async () => {
    const text = renderConsole(plan, result, { colour: false, reportPath: `runs/${plan.runId}/report.html` });
    await expect(text).toMatchFileSnapshot(golden('txt'));
  });

  it('reads in a job summary as its golden file does', async () => {
    await expect(renderMarkdown(plan, result)).toMatchFileSnapshot(golden('md'));
  });

  it('reads in JUnit as its golden file does', async () => {
    await expect(renderJunit(plan, result)).toMatchFileSnapshot(golden('xml'));
  });
});
