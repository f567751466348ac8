/** Four steps from well within a limit to far over it, each with a colour, a stroke and a label. */
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import { ms } from '../../../src/formats/words.ts';

export interface LaneStep {
  /** CSS class, styled in style.ts. */
  kind: 'well' | 'within' | 'over' | 'far';
  /** Upper end as a multiple of the limit. */
  upTo: number;
}

export const LANE_STEPS: LaneStep[] = [
  { kind: 'well', upTo: 0.75 },
  { kind: 'within', upTo: 1 },
  { kind: 'over', upTo: 1.5 },
  { kind: 'far', upTo: Infinity },
];

/** The step of a latency against a limit, both ms. */
export const laneStep = (latencyMs: number, limitMs: number): LaneStep =>
  LANE_STEPS.find((step) => latencyMs <= step.upTo * limitMs)!;

/** Symbol of a step, so that tables are readable without colour. */
export const STEP_SIGN: Record<LaneStep['kind'], string> = { well: '●', within: '○', over: '▲', far: '▲▲' };

export const laneLegend = (limitMs: number): Html =>
  html` <ul class="legend">
    ${LANE_STEPS.map(({ kind, upTo }, i) => {
      const from = LANE_STEPS[i - 1]?.upTo ?? 0;
      const words =
        upTo === Infinity
          ? `p99 over ${ms(from * limitMs)}`
          : from === 0
            ? `p99 ≤ ${ms(upTo * limitMs)}`
            : `${ms(from * limitMs)} to ${ms(upTo * limitMs)}`;
      return html`<li>
        <svg viewBox="0 0 34 10" width="34" height="10" aria-hidden="true">
          <line class="lane ${kind}" x1="1" x2="33" y1="5" y2="5" stroke-width="2.5" />
        </svg>
        ${words}${kind === 'within' && html` (limit ${ms(limitMs)})`}
      </li>`;
    })}
  </ul>`;
