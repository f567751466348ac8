import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../test/sample/run.ts';
import type { SampleKind } from '../../test/sample/scene.ts';
import { renderConsole } from './console.ts';
import { columns, wantsColour, wrap } from './paint.ts';

const show = (kind: SampleKind, colour = false): string => {
  const { plan, result } = sampleRun(kind);
  return renderConsole(plan, result, { colour, reportPath: 'runs/x/report.html' });
};
const KINDS: SampleKind[] = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID', 'interrupted', 'nothing', 'fault', 'fis'];

describe('the final terminal text', () => {
  it.each(KINDS)('keeps within 100 columns when a run ends %s', (kind) => {
    for (const line of show(kind).split('\n')) expect(columns(line), line).toBeLessThanOrEqual(100);
  });

  it.each(KINDS)('says the same with and without colour when a run ends %s', (kind) => {
    expect(show(kind, true)).toContain('\u001b[');
    // oxlint-disable-next-line no-control-regex -- colour codes are control characters
    expect(show(kind, true).replace(/\u001b\[[0-9;]*m/g, '')).toBe(show(kind));
  });

  it.each(KINDS.filter((kind) => !['PASS', 'fault', 'fis'].includes(kind)))(
    'ends with one line that says what to do next after %s',
    (kind) => {
      expect(show(kind).trimEnd().split('\n').at(-1)).toMatch(/^ {2}Next {2}\S/);
    },
  );

  it('does not part a figure from its unit at the end of a line', () => {
    expect(wrap('at least 2.1 %; after 40 ms more', 10)).toEqual(['at least', '2.1 %;', 'after', '40 ms more']);
  });

  it('needs nothing next after PASS', () => {
    expect(show('PASS')).not.toContain('Next');
  });

  it('opens with the verdict and why', () => {
    expect(show('FAIL').trimStart()).toMatch(/^✗ FAIL {2}read-p99 in ap-southeast-1: 50 of 2,015 requests/);
  });

  it('shows only the checks that do not hold when the run is not valid', () => {
    const text = show('INVALID');
    expect(text).toContain('! generator-lag');
    expect(text).not.toContain('conservation');
  });

  it('says a reason once that many cells share', () => {
    const { plan, result } = sampleRun('INCONCLUSIVE');
    for (const cell of result.cells) cell.why = 'the run was too short';
    const text = renderConsole(plan, result, { colour: false, reportPath: 'x' });
    expect(text).toContain('? 12 gating cells  the run was too short');
    expect(text.split('the run was too short')).toHaveLength(2);
  });

  it('leaves it to the checks to say why a run does not count', () => {
    const { plan, result } = sampleRun('INVALID');
    for (const cell of result.cells) cell.why = 'the run does not count';
    expect(renderConsole(plan, result, { colour: false, reportPath: 'x' })).not.toContain('the run does not count');
  });

  it('puts more than three regions below each other and keeps the width', () => {
    const { plan, result } = sampleRun('FAIL');
    for (const id of ['sa-east-1', 'eu-central-1']) {
      plan.regions.push({ ...plan.regions[0]!, id });
      result.cells.push(...result.cells.filter((c) => c.subject === 'us-east-1').map((c) => ({ ...c, subject: id })));
    }
    const text = renderConsole(plan, result, { colour: false, reportPath: 'x' });
    expect(text).toMatch(/gating claim +us-east-1 +eu-west-1 +ap-southeast-1\n/);
    expect(text).toMatch(/gating claim +sa-east-1 +eu-central-1\n/);
    for (const line of text.split('\n')) expect(columns(line), line).toBeLessThanOrEqual(100);
  });
});

describe('colour', () => {
  it('is for terminals, and NO_COLOR forbids it', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({}, {})).toBe(false);
  });
});
