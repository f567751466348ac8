import type { TallyCount, TallyKind } from '../src/formats/recording.ts';
import { withoutSecrets } from './secrets.ts';

/** Distinct values that one client keeps per kind and operation; further ones count as OTHERS. */
const MAX_VALUES = 20;
const MAX_LENGTH = 120;
const OTHERS = '(others)';

export interface Tally {
  count(tally: TallyKind, operation: number, value: string): void;
  /** The counts so far. */
  counts(): TallyCount[];
}

/** Counts values of responses that rows have no room for, over the life of one client. */
export function createTally(): Tally {
  const counted = new Map<string, TallyCount>();
  const values = new Map<string, number>();
  return {
    count(tally, operation, value) {
      const group = `${tally} ${operation}`;
      const short = value.slice(0, MAX_LENGTH);
      const known = counted.get(`${group} ${short}`);
      if (known) {
        known.count += 1;
        return;
      }
      const seen = values.get(group) ?? 0;
      const kept = seen < MAX_VALUES ? short : OTHERS;
      const key = `${group} ${kept}`;
      const entry = counted.get(key);
      if (entry) entry.count += 1;
      else {
        // Redacted before it is cut, because a cut secret is not recognized.
        const shown = kept === OTHERS ? OTHERS : withoutSecrets(value).slice(0, MAX_LENGTH);
        counted.set(key, { tally, operation, value: shown, count: 1 });
        values.set(group, seen + 1);
      }
    },
    counts: () => [...counted.values()],
  };
}
