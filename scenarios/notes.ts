import type { Response } from 'k6/http';
import { LONG_VERSION } from '../src/formats/recording.ts';
import type { RareEvent } from '../src/formats/recording.ts';
import { versionDigits } from './response.ts';
import { createTally } from './tally.ts';
import type { Tally } from './tally.ts';

/** Statuses of a rate limit, a firewall or an overloaded server, which may send Retry-After. */
const REJECTED: Record<number, true> = { 403: true, 429: true, 503: true };

/** What one client records besides its rows. */
export interface Notes {
  count: Tally['count'];
  /** The error text of a row. Equal texts in sequence are recorded once: an outage would repeat the same one. */
  error(row: number, error: number, text: string): void;
  /** Counts the Retry-After of a response that rejected the client. */
  rejected(operation: number, response: Response): void;
  /**
   * Word 10 of a version that is not plain digits, or too long for its row and recorded beside it; -1 for one that is
   * not a whole number.
   */
  unusualVersion(at: { row: number; step: number; attempt: number }, operation: number, version: string): number;
  /** Records the counts; `row` is any of the client's. */
  end(row: number): void;
}

export function createNotes(rare: (event: RareEvent) => void): Notes {
  const { count, counts } = createTally();
  /** By error: the text that was recorded last. */
  const texts: Record<number, string> = {};
  return {
    count,
    error(row, error, text) {
      if (texts[error] === text) return;
      texts[error] = text;
      rare({ kind: 'error', row, error, text });
    },
    rejected(operation, { status, headers }) {
      if (REJECTED[status]) count('retry-after', operation, headers['Retry-After'] ?? '');
    },
    unusualVersion({ row, step, attempt }, operation, version) {
      const digits = versionDigits(version);
      if (digits === null) {
        count('unread-version', operation, version);
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
