import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import type { SampleKind } from '../../test/sample/scene.ts';
import { renderConsole } from './console.ts';
import { grafanaLink } from './grafana.ts';
import { renderHtml } from './html/page.ts';
import { renderMarkdown } from './markdown.ts';

const run = (kind: SampleKind, grafanaUrl: string | null) => {
  const { plan, result } = sampleRun(kind);
  return { plan: { ...plan, grafanaUrl }, result };
};

describe('the link from a report to Grafana', () => {
  it('names the run and its time, with half a minute on both sides', () => {
    const { plan, result } = run('PASS', 'http://127.0.0.1:3000');
    const link = new URL(grafanaLink(plan, result)!);
    expect(link.origin + link.pathname).toBe('http://127.0.0.1:3000/d/antipode');
    const t0 = Date.parse(result.startedAt!);
    expect(Object.fromEntries(link.searchParams)).toEqual({
      'var-run': plan.runId,
      from: String(t0 - 30_000),
      to: String(t0 + plan.durationMs + 30_000),
    });
  });

  it('stands on the terminal, in the job summary and in the page', () => {
    const { plan, result } = run('FAIL', 'https://metrics.example.com/grafana');
    const link = grafanaLink(plan, result)!;
    expect(renderConsole(plan, result, { colour: false, reportPath: 'report.html' })).toContain(`  Grafana ${link}\n`);
    expect(renderMarkdown(plan, result)).toContain(`[metrics in Grafana](<${link}>)`);
    expect(renderHtml(plan, result)).toContain(`<a href="${link.replaceAll('&', '&amp;')}">`);
  });

  it.each([
    ['nobody named a Grafana', 'PASS', null],
    ['the run never started', 'nothing', 'http://127.0.0.1:3000'],
  ] as const)('is nowhere when %s', (_, kind, url) => {
    const { plan, result } = run(kind, url);
    expect(grafanaLink(plan, result)).toBeNull();
    for (const text of [
      renderConsole(plan, result, { colour: false, reportPath: 'report.html' }),
      renderMarkdown(plan, result),
      renderHtml(plan, result),
    ]) {
      expect(text).not.toMatch(/grafana/i);
    }
  });

  it('is left out of reports of runs that were sealed before there was one', () => {
    const { plan, result } = sampleRun('PASS');
    Reflect.deleteProperty(plan, 'grafanaUrl');
    expect(grafanaLink(plan, result)).toBeNull();
  });
});
