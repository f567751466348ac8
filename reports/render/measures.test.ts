import { afterEach, beforeEach, expect, it } from 'vitest';
import { MEASURES } from '../../claims/measures/index.ts';
import type { Measure } from '../../claims/measures/measure.ts';
import { html } from '../../src/html/html-tag.ts';
import { box } from '../../src/html/plot.ts';
import { sampleRun } from '../../test/sample/run.ts';
import type { SampleKind } from '../../test/sample/scene.ts';
import { renderConsole } from './console.ts';
import { renderHtml } from './html/page.ts';
import { renderMarkdown } from './markdown.ts';

// A measure that has figures and no words yet: here it is given some.
const quiet: Measure<unknown> = MEASURES.tenants;

beforeEach(() => {
  quiet.lines = (_, { plan, limitOf }) => [`  Planted: ${plan.regions.length} regions${limitOf('rto', 'nowhere')}`];
  quiet.section = {
    part: 'data',
    draw: () => html`<h3>Planted section</h3>`,
    howToRead: html`<li>Planted advice</li>`,
  };
  quiet.overTime = {
    legend: () => html`<li>planted legend</li>`,
    bands: (_, at) => [box(at(0), at(1_000), 0, 1, 'planted-band')],
    marks: (_, region) => [html`<text>planted mark of ${region}</text>`],
    notes: () => [{ x: 0.5, y: 1, text: 'planted note' }],
    strip: (_, region, _at, bands) => html`<p>planted strip of ${region}: ${bands}</p>`,
  };
});

afterEach(() => {
  delete quiet.lines;
  delete quiet.section;
  delete quiet.overTime;
});

const pageOf = (kind: SampleKind): string => {
  const { plan, result } = sampleRun(kind);
  return renderHtml(plan, result);
};

it('what a measure tells stands in every text for people', () => {
  const { plan, result } = sampleRun('fault');
  // A job summary has room for the first lines alone.
  Object.assign(result.figures, { ledger: null, carts: null, sessions: [] });
  const text = renderConsole(plan, result, { colour: false, reportPath: '' });
  for (const report of [text, renderMarkdown(plan, result)]) expect(report).toContain('  Planted: 3 regions\n');
  const load = sampleRun('PASS');
  expect(renderConsole(load.plan, load.result, { colour: false, reportPath: '' })).toContain('Planted: 3 regions\n');
});

it('what it draws stands in the report, with or without a fault', () => {
  for (const kind of ['fault', 'PASS'] as const) {
    const page = pageOf(kind);
    for (const part of ['<h3>Planted section</h3>', '<li>Planted advice</li>', 'href="#data"', 'planted note'])
      expect(page).toContain(part);
    for (const region of ['us-east-1', 'eu-west-1', 'ap-southeast-1'])
      expect(page).toMatch(new RegExp(`planted mark of ${region}.*planted strip of ${region}: .*planted-band`, 's'));
  }
  expect(pageOf('fault')).toContain('<li>planted legend</li>');
});

it('what it draws of faults stands only where there was an experiment', () => {
  quiet.section!.part = 'faults';
  expect(pageOf('fault')).toMatch(/id="faults".*<h3>Planted section<\/h3>.*<h3>Negative control.*Planted advice/s);
  expect(pageOf('PASS')).not.toMatch(/Planted (section|advice)/);
});
