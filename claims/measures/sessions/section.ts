/** What sessions saw of the records that they alone write, read and delete: a row per region. */
import { count, percent, seconds } from '../../../src/formats/words.ts';
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';
import type { Context, Section } from '../measure.ts';
import type { SessionFigures } from './schema.ts';

export const sessionsSection: Section<SessionFigures[]> = {
  part: 'data',
  draw: (sessions, context) => (sessions.length === 0 ? null : sessionsPart(sessions, context)),
};

function sessionsPart(all: SessionFigures[], { against }: Pick<Context<unknown>, 'against'>): Html {
  return html` <h3>Sessions</h3>
    <p class="said">
      In every region one client writes a record that nobody else knows, reads it for three seconds, deletes it and
      reads it for three more. Counted from the baseline to the end.
    </p>
    <div class="scroll" tabindex="0" role="group" aria-label="Sessions">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">Region</th>
            <th scope="col" class="n">Sessions</th>
            <th scope="col" class="n">Reads</th>
            <th scope="col" class="n">Own write or delete not seen</th>
            <th scope="col" class="n">Longest after its answer</th>
            <th scope="col" class="n">Older than seen before</th>
          </tr>
        </thead>
        <tbody>
          ${all.map(
            ({ region, sessions, reads, ownMissed, ownLongestMs, goingBack }) =>
              html`<tr>
                <th scope="row">${region}</th>
                <td class="n">${count(sessions)}</td>
                <td class="n">${count(reads)}</td>
                <td class="n">${count(ownMissed)}</td>
                <td class="n">
                  ${ownMissed === 0 ? '–' : seconds(ownLongestMs)}${against('read-your-writes', region)}
                </td>
                <td class="n">${count(goingBack)} (${percent(reads === 0 ? null : goingBack / reads)})</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
