/** Sessions: missed own writes and non-monotonic reads, a row per region. */
import { count, percent, seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { Context, Section } from '../measure.ts';
import type { SessionFigures } from './schema.ts';

export const sessionsSection: Section<SessionFigures[]> = {
  part: 'data',
  draw: (sessions, context) => (sessions.length === 0 ? null : sessionsPart(sessions, context)),
};

function sessionsPart(all: SessionFigures[], { limitOf }: Pick<Context<unknown>, 'limitOf'>): Html {
  return html` <h3>Sessions</h3>
    <p class="said">
      In every region a client writes a record that no other client uses, reads it for three seconds, deletes it and
      reads it for three more. Counted from the baseline to the end of the run.
    </p>
    <div class="scroll" tabindex="0" role="group" aria-label="Sessions">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Region</th>
            <th scope="col" class="n">Sessions</th>
            <th scope="col" class="n">Reads</th>
            <th scope="col" class="n">Missed own write or delete</th>
            <th scope="col" class="n">Longest miss</th>
            <th scope="col" class="n">Not monotonic</th>
          </tr>
        </thead>
        <tbody>
          ${all.map(
            ({ region, sessions, reads, missedOwnWrites, longestMissMs, nonMonotonicReads }) =>
              html`<tr>
                <th scope="row">${region}</th>
                <td class="n">${count(sessions)}</td>
                <td class="n">${count(reads)}</td>
                <td class="n">${count(missedOwnWrites)}</td>
                <td class="n">
                  ${missedOwnWrites === 0 ? '–' : seconds(longestMissMs)}${limitOf('read-your-writes', region)}
                </td>
                <td class="n">
                  ${count(nonMonotonicReads)} (${percent(reads === 0 ? null : nonMonotonicReads / reads)})
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
