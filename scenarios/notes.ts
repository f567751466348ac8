import type { Response } from 'k6/http';
import { LONG_VERSION } from '../src/formats/recording.ts';
import type { RareEvent } from '../src/formats/recording.ts';
import { versionDigits } from './answer.ts';
import { createTally } from './tally.ts';
import type { Tally } from './tally.ts';

/** Statuses at which a limit, a firewall or an overloaded server tells a client to go away for a while. */
const TURNED_AWAY: Record<number, true> = { 403: true, 429: true, 503: true };

/** What one client writes down beside its rows. */
export interface Notes {
  count: Tally['count'];
  /** What was wrong with the request of a row. An outage would say the same at each: equal texts are written once. */
  error(row: number, error: number, text: string): void;
  /** What an answer that turned the client away said of when to come again. */
  turnedAway(operation: number, response: Response): void;
  /**
   * Word 10 of a version that is not written as plain digits, or has too many for its row and is written beside it; -1
   * for one that is no whole number.
   */
  unusualVersion(at: { row: number; step: number; attempt: number }, operation: number, said: string): number;
  /** Writes down what was counted; `row` is any of the client's. */
  end(row: number): void;
}

export function createNotes(rare: (event: RareEvent) => void): Notes {
  const { count, counts } = createTally();
  /** By error: the text that was written down last. */
  const texts: Record<number, string> = {};
  return {
    count,
    error(row, error, text) {
      if (texts[error] === text) return;
      texts[error] = text;
      rare({ kind: 'error', row, error, text });
    },
    turnedAway(operation, { status, headers }) {
      if (TURNED_AWAY[status]) count('retry-after', operation, headers['Retry-After'] ?? '');
    },
    unusualVersion({ row, step, attempt }, operation, said) {
      const digits = versionDigits(said);
      if (digits === null) {
        count('unread-version', operation, said);
        return -1;
      }
      if (Number(digits) < LONG_VERSION) return Number(digits);
      rare({ kind: 'version', row, step, attempt, digits });
      return LONG_VERSION;
    },
    end(row) {
      const all = counts();
      if (all.length > 0) rare({ kind: 'tally', row, counts: all });
    },
  };
}
