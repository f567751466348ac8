/** Text on sessions. */
import { count, plural, seconds } from '../../../src/formats/words.ts';
import type { RecordingNotes } from '../../recording-notes.ts';
import type { SessionFigures } from './schema.ts';

/** A line per region; none for a run without sessions. */
export const sessionLines = (sessions: SessionFigures[]): string[] =>
  sessions.length === 0
    ? []
    : [
        '  Sessions (each writes, reads and deletes its own record)',
        ...sessions.map((one) => `    ${sessionWords(one)}`),
      ];

const sessionWords = (figures: SessionFigures): string => {
  const { region, reads, missedOwnWrites, longestMissMs, nonMonotonicReads } = figures;
  const longest = missedOwnWrites === 0 ? '' : ` (the last such read came ${seconds(longestMissMs)} after the write)`;
  return `${region}: ${plural(reads, 'read')} · ${count(missedOwnWrites)} did not show the session's own write${longest} · ${count(nonMonotonicReads)} non-monotonic`;
};

/** Why versions could not be compared, as a sentence with a leading space; '' if they could. */
export const versionProblem = (notes: RecordingNotes): string => {
  const values = notes.inWords('unread-version');
  return values === '' ? '' : ` Versions must be whole numbers; got ${values}.`;
};
