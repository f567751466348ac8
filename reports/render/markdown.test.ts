import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import { renderMarkdown } from './markdown.ts';

describe('the job summary', () => {
  it('stays under 60 lines for many regions, cells, checks and untested things', () => {
    const { plan, result } = sampleRun('INVALID');
    for (let i = 0; i < 20; i += 1) {
      const id = `region-${i}`;
      plan.regions.push({ ...plan.regions[0]!, id });
      result.cells.push(...result.cells.filter((c) => c.subject === 'us-east-1').map((c) => ({ ...c, subject: id })));
      result.notTested.push(`thing ${i}`);
      plan.claims.push({ ...plan.claims[0]!, id: `informational-${i}`, gating: false });
    }
    result.validity = result.validity.map((check) => ({ ...check, ok: false }));
    expect(renderMarkdown(plan, result).split('\n').length).toBeLessThan(60);
  });

  it('shows a fault, and stays under 60 lines with fifty of them', () => {
    const { plan, result } = sampleRun('fault');
    expect(renderMarkdown(plan, result)).toContain('served again after 8.24–8.37 s');
    result.figures.failover.faults = Array.from({ length: 50 }, () => result.figures.failover.faults[0]!);
    expect(renderMarkdown(plan, result).split('\n').length).toBeLessThan(60);
  });

  it('escapes the texts of a run', () => {
    const { plan, result } = sampleRun('FAIL');
    result.why = 'a | b <img src=x onerror=alert(1)> *c* [d](javascript:e) `f`\n# g';
    plan.command = 'npm run load -- --profile x\n```\n# out of the fence';
    const text = renderMarkdown(plan, result);
    expect(text).toContain('a \\| b &lt;img src=x onerror=alert(1)&gt; \\*c\\* \\[d\\](javascript:e) \\`f\\` \\# g');
    expect(text.match(/```/g)).toHaveLength(2);
  });

  it('gives every row of the table as many columns as its head', () => {
    const { plan, result } = sampleRun('PASS');
    const table = renderMarkdown(plan, result)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(new Set(table.map((line) => line.split(/(?<!\\)\|/).length))).toEqual(new Set([plan.regions.length + 3]));
  });
});
