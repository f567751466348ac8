/** What sessions missed of their own records, in words. */
import { count, plural, seconds } from '../../../src/formats/words.ts';
import type { Told } from '../../told.ts';
import type { SessionFigures } from './schema.ts';

/** A line a region; none for a run without sessions. */
export const sessionLines = (sessions: SessionFigures[]): string[] =>
  sessions.length === 0
    ? []
    : [
        '  Sessions that write, read and delete records of their own',
        ...sessions.map((one) => `    ${sessionWords(one)}`),
      ];

const sessionWords = ({ region, reads, ownMissed, ownLongestMs, goingBack }: SessionFigures): string => {
  const longest = ownMissed === 0 ? '' : ` (up to ${seconds(ownLongestMs)} after it)`;
  return `${region} ${plural(reads, 'read')}: ${count(ownMissed)} missed an own write${longest}, ${count(goingBack)} went back`;
};

/** Why no version could be compared, where that is so; with a leading blank. */
export const unreadWords = (told: Told): string => {
  const said = told.inWords('unread-version');
  return said === '' ? '' : ` Versions must be whole numbers; ${said}.`;
};
