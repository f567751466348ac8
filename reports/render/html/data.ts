/** Consistency of the data that was written in the run. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { RunResult } from '../../run-result.ts';
import { sectionsOf } from './sections.ts';

/** Null for a run that did not check data. */
export function dataPart(plan: RunPlan, result: RunResult): Html | null {
  const parts = sectionsOf(plan, result, 'data');
  if (parts.length === 0) return null;
  return html` <section id="data" aria-labelledby="data-title">
    <h2 id="data-title">Data consistency</h2>
    ${parts}
  </section>`;
}
