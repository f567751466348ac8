import { expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import type { ShareVerdict } from '../run-result.ts';
import { renderConsole } from './console.ts';
import { renderHtml } from './html/page.ts';
import { renderJunit } from './junit.ts';
import { renderMarkdown } from './markdown.ts';

/** The sample with a claim about the target as a whole, which holds. */
function withWholeTarget() {
  const { plan, result } = sampleRun('PASS');
  const claim = plan.claims.find(({ id }) => id === 'availability')!;
  const cell = result.cells.find((one): one is ShareVerdict => one.claim === 'availability')!;
  plan.claims.push({
    ...claim,
    id: 'any-tenant',
    title: 'no tenant gets less',
    kind: 'tenant-availability',
    per: 'target',
  });
  result.cells.push({ ...cell, claim: 'any-tenant', kind: 'tenant-availability', subject: plan.target.name });
  return { plan, result };
}

it('a claim about the target as a whole is one cell over all regions, in every report', () => {
  const { plan, result } = withWholeTarget();
  const terminal = renderConsole(plan, result, { colour: false, reportPath: 'report.html' });
  expect(terminal).toMatch(/any-tenant \(gating\): ✓ PASS 100 %, bad 0–/);
  expect(renderMarkdown(plan, result)).toMatch(/any-tenant \(gating\): ✓ PASS 100 %, bad 0–/);
  expect(renderJunit(plan, result)).toContain(`<testcase classname="${plan.target.name}" name="any-tenant">`);
  const page = renderHtml(plan, result);
  const row = page.slice(page.indexOf('<b>any-tenant</b>'));
  expect(row.slice(0, row.indexOf('</tr>'))).toContain(`colspan="${plan.regions.length}"`);
});
