import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../../test/sample/run.ts';
import type { SampleKind } from '../../../test/sample/scene.ts';
import { renderHtml } from './page.ts';

const KINDS: SampleKind[] = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID', 'interrupted', 'nothing', 'fault', 'fis'];
const HOSTILE = `<script>alert("1")</script>'&`;

describe('report.html', () => {
  it.each(KINDS)('has no script and fetches nothing when a run ends %s', (kind) => {
    const { plan, result } = sampleRun(kind);
    const page = renderHtml(plan, result);
    expect(page).not.toMatch(/<script|\son\w+=|javascript:/i);
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:)/);
    expect(page).not.toMatch(/@import|url\((?!#)/);
    expect(page).toContain("default-src 'none'");
  });

  it.each(KINDS)('draws no figure that is not one when a run ends %s', (kind) => {
    const { plan, result } = sampleRun(kind);
    expect(renderHtml(plan, result)).not.toMatch(/NaN|Infinity|undefined|\[object|>null</);
  });

  it('stays below 300 KB, its map below 60 KB', () => {
    const { plan, result } = sampleRun('FAIL');
    const page = renderHtml(plan, result);
    expect(page.length).toBeLessThan(300_000);
    expect(/<path class="land" d="([^"]*)"/.exec(page)![1]!.length).toBeLessThan(60_000);
  });

  it('takes every name of a run literally, also a city called <script>', () => {
    const { plan, result } = sampleRun('FAIL');
    plan.origins[0]!.city = HOSTILE;
    plan.regions[0]!.city = HOSTILE;
    plan.profile.title = HOSTILE;
    plan.command = HOSTILE;
    result.why = HOSTILE;
    result.next = HOSTILE;
    result.notTested = [HOSTILE];
    for (const cell of result.cells) cell.why = HOSTILE;
    for (const check of result.validity) check.note = HOSTILE;
    for (const worst of result.worst) {
      worst.operation = HOSTILE;
      worst.error = HOSTILE;
      worst.traceId = HOSTILE;
    }
    const page = renderHtml(plan, result);
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;');
  });

  it('shows the ten worst requests of every FAIL with their trace ids', () => {
    const { plan, result } = sampleRun('FAIL');
    const page = renderHtml(plan, result);
    expect(result.worst.length).toBeGreaterThanOrEqual(10);
    for (const worst of result.worst) expect(page).toContain(worst.traceId);
  });

  it('draws a lane for every pair that carried requests, and no other', () => {
    const { plan, result } = sampleRun('PASS');
    const drawn = renderHtml(plan, result).match(/<path class="lane /g)!.length;
    expect(drawn).toBe(result.origins.flatMap((o) => o.laneN).filter((n) => n > 0).length);
  });

  it('says that a run was cut short', () => {
    const { plan, result } = sampleRun('interrupted');
    expect(renderHtml(plan, result)).toContain('cut short');
  });

  it('shows a fault on one time axis, by cohort, and with its journal', () => {
    const { plan, result } = sampleRun('fault');
    const page = renderHtml(plan, result);
    const figures = result.figures.failover.faults[0]!.regions[0]!;
    expect(page.match(/<rect class="band-fault"/g)!.length).toBeGreaterThanOrEqual(plan.regions.length);
    for (const name of ['t0', 'failover served again', 't1'])
      expect(page).toMatch(new RegExp(`class="note mark[^>]*>${name}<`));
    for (const { cohort } of figures.cohorts) expect(page).toMatch(new RegExp(`<h4>\\s*${cohort}\\s*<small>`));
    for (const { text } of result.journal) expect(page).toContain(text.replaceAll(/(\d) (ms|s)\b/g, '$1\u00a0$2'));
    expect(page).toContain('Negative control');
    expect(page).toContain('queued behind an earlier request');
    expect(page.length).toBeLessThan(400_000);
  });

  it('shows missed own writes per region, and the limit', () => {
    const { plan, result } = sampleRun('fault');
    const text = renderHtml(plan, result).replace(/\s+/g, ' ');
    expect(text).toMatch(/ap-southeast-1<\/th> <td class="n">27<\/td> <td class="n">420<\/td> <td class="n">2<\/td>/);
    expect(text).toContain('0.12 s (limit 2 s ✓)');
  });

  it('has no faults section for a load run', () => {
    const { plan, result } = sampleRun('PASS');
    expect(renderHtml(plan, result)).not.toMatch(/Negative control|class="note mark|swatch waited|id="faults"/);
  });

  it('escapes the texts of a fault and its journal', () => {
    const { plan, result } = sampleRun('fault');
    plan.experiment!.title = HOSTILE;
    result.figures.failover.faults[0]!.title = HOSTILE;
    result.figures.failover.faults[0]!.regions[0]!.cohorts[0]!.cohort = HOSTILE;
    result.journal[0]!.text = HOSTILE;
    expect(renderHtml(plan, result)).not.toContain('<script');
  });

  it('draws a fault without figures', () => {
    const { plan, result } = sampleRun('fault');
    for (const fault of result.figures.failover.faults) {
      Object.assign(fault, { askedMs: null, t0Ms: null, revertMs: null, t1Ms: null });
      for (const region of fault.regions) {
        Object.assign(region, { requests: 0, bad: 0, timed: false, rtoFromMs: null, rtoToMs: null, failoverMs: null });
        region.cohorts = [];
      }
    }
    expect(renderHtml(plan, result)).not.toMatch(/NaN|Infinity|undefined|\[object|>null</);
    result.figures.failover.faults = [];
    expect(renderHtml(plan, result)).toContain('No fault in the journal');
  });
});
