import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../../test/sample/run.ts';
import { faultsPart } from '../../../reports/render/html/faults.ts';
import { measuredLines } from '../../../reports/render/measured-lines.ts';
import type { EvacuationFigures } from './schema.ts';

/** How the sample's evacuation reads once it is changed like this: on the terminal in one line, and in the report. */
function read(change: Partial<EvacuationFigures> | null): { terminal: string; page: string } {
  const { plan, result } = sampleRun('fault');
  result.figures.failover.evacuation = change && { ...result.figures.failover.evacuation!, ...change };
  const terminal = measuredLines(plan, result, 100).join(' ').replaceAll(/\s+/g, ' ');
  return { terminal, page: String(faultsPart(plan, result)).replaceAll(/\s+/g, ' ') };
}

describe('an evacuation in reports', () => {
  it.each<[string, Partial<EvacuationFigures>, RegExp]>([
    [
      'succeeded',
      {},
      /Evacuation \(POST \/evacuate\/ap-southeast-1\) requested at 1:13\.0, accepted 0\.04 s later; reverted after the fault/,
    ],
    [
      'failed',
      { ok: false, message: 'status 404: there is no region', undone: null },
      /EVACUATION FAILED \(.*\) requested at 1:13\.0, 0\.04 s later: status 404: there is no region/,
    ],
    ['was never requested', { askedMs: null }, /Evacuation \(.*\) was never requested/],
    ['has an unknown outcome', { ok: null, doneMs: null, tookMs: null }, /unknown outcome/],
    ['could not be reverted', { undone: false }, /NOT REVERTED/],
  ])('that %s is reported on the terminal and in the page', (_, change, words) => {
    const { terminal, page } = read(change);
    expect(terminal).toMatch(words);
    expect(page).toMatch(words);
  });

  it('shows when users were served elsewhere, and the limit', () => {
    const { terminal, page } = read({});
    for (const text of [terminal, page])
      expect(text).toMatch(
        /of ap-southeast-1 served by other regions: 50 % after 3\.9 s · 99 % after 5\.5 s \(limit 12 s ✓\)/,
      );
  });

  it('is not shown for an experiment without one', () => {
    const { terminal, page } = read(null);
    expect(terminal).not.toMatch(/evacuat/i);
    expect(page).not.toContain('<h3>Evacuation');
  });
});
