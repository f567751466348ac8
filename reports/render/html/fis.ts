/** The FIS experiments of a fault, as reported by FIS, and warnings. */
import type { FisRecord } from '../../../src/formats/fis.ts';
import type { FaultFigures } from '../../../claims/measures/failover/schema.ts';
import type { RunResult } from '../../run-result.ts';
import {
  clockUtc,
  clockWords,
  FIS_SOURCE,
  LAST_SEEN,
  NO_ARN,
  placeWords,
  stateKind,
  suspectParts,
  targetGroups,
  throughFis,
} from '../fis-lines.ts';
import { seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';

/** For the fault with this number; null for a fault without FIS. */
export function fisPart(result: RunResult, number: number): Html | null {
  const fault = throughFis(result, number);
  if (fault === null) return null;
  const { place, experiments, notExercised, suspects } = fault.fis;
  return html` <h4>Through AWS FIS${placeWords(place)}</h4>
    <p class="said">${FIS_SOURCE} Targets are from the preview.</p>
    ${notExercised.length > 0 && loud('is-invalid', '! Not exercised', notExercised.map(plain))}
    ${suspects.length > 0 && loud('is-fail', '! May be left', suspects.map(suspectItem))}
    ${
      experiments.length === 0
        ? html`<p class="empty">No experiment known.</p>`
        : html`<table class="figures fis">
            <thead>
              <tr>
                ${COLUMNS.map((name) => html`<th scope="col">${name}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${experiments.map((record) => experimentRow(result, fault, record))}
            </tbody>
          </table>`
    }`;
}

const COLUMNS = ['Experiment', 'State', 'Times (UTC)', 'Actions', 'Targets'];

const plain = (what: string): Html => html`${what}`;

function suspectItem(suspect: string): Html {
  const { what, command } = suspectParts(suspect);
  return html`${what}${command !== null && html`; check with <code>${command}</code>`}`;
}

const loud = (tone: string, title: string, items: Html[]): Html =>
  html`<div class="loud ${tone}">
    <b>${title}</b>
    <ul>
      ${items.map((item) => html`<li>${item}</li>`)}
    </ul>
  </div>`;

function experimentRow(result: RunResult, fault: FaultFigures, record: FisRecord): Html {
  const cell = (name: string, value: Html | Html[]): Html => html`<td data-name="${name}">${value}</td>`;
  const [, state, times, actions, targets] = COLUMNS as [string, string, string, string, string];
  return html`<tr>
    <th scope="row">${record.region}<span>${record.id}</span> <code class="arn">${record.arn ?? NO_ARN}</code></th>
    ${cell(state, html`${stateChip(record.status)}${record.reason !== null && html`<p>${record.reason}</p>`}`)}
    ${cell(
      times,
      html`${timesPart(record)}${clockWords(result, fault, record).map(
        (words) => html`<p>${words.charAt(0).toUpperCase()}${words.slice(1)}</p>`,
      )}`,
    )}
    ${cell(
      actions,
      record.actions.map(
        (action) =>
          html`<div class="action">
            <b>${action.name}</b> ${stateChip(action.status)} <code>${action.actionId}</code>${
              action.startEpochMs !== null && timesPart(action)
            }
          </div>`,
      ),
    )}
    ${cell(
      targets,
      record.targets.length === 0
        ? html`none in the preview`
        : targetGroups(record.targets).map(
            ({ name, found }) =>
              html`<div class="action">
                <b>${name}</b>${found.map((what) => html` <code class="arn">${what}</code>`)}
              </div>`,
          ),
    )}
  </tr>`;
}

const CHIP = { well: 'is-infeasible', ill: 'is-fail', open: 'is-invalid' };
const MARK = { well: '', ill: '✗ ', open: '! ' };

/** A good final state is grey: it is no verdict. */
const stateChip = (status: string): Html => {
  const kind = stateKind(status);
  return html`<span class="${CHIP[kind]}"><span class="chip">${MARK[kind]}${status}</span></span
    >${kind === 'open' && html`<p>${LAST_SEEN}</p>`}`;
};

function timesPart({ startEpochMs, endEpochMs }: Pick<FisRecord, 'startEpochMs' | 'endEpochMs'>): Html {
  if (startEpochMs === null) return html`never started`;
  if (endEpochMs === null) return html`from ${instant(startEpochMs)}, end unknown`;
  return html`<span class="whole">${instant(startEpochMs)} to ${instant(endEpochMs)}</span>
    (${seconds(endEpochMs - startEpochMs)})`;
}

const instant = (epochMs: number): Html =>
  html`<time datetime="${new Date(epochMs).toISOString()}">${clockUtc(epochMs)}</time>`;
