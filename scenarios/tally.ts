import type { TallyCount, TallyKind } from '../src/formats/recording.ts';
import { withoutSecrets } from './secrets.ts';

/** Different values that one client keeps of a kind and operation; what comes beyond counts as OTHERS. */
const MAX_VALUES = 20;
const MAX_LETTERS = 120;
const OTHERS = '(others)';

export interface Tally {
  count(tally: TallyKind, operation: number, value: string): void;
  /** What was counted so far. */
  counts(): TallyCount[];
}

/** Counts over one client's life what answers said that rows have no room for. */
export function createTally(): Tally {
  const counted = new Map<string, TallyCount>();
  const values = new Map<string, number>();
  return {
    count(tally, operation, value) {
      const group = `${tally} ${operation}`;
      const short = value.slice(0, MAX_LETTERS);
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
        // Whole, because of a secret that is cut nobody knows the rest.
        const shown = kept === OTHERS ? OTHERS : withoutSecrets(value).slice(0, MAX_LETTERS);
        counted.set(key, { tally, operation, value: shown, count: 1 });
        values.set(group, seen + 1);
      }
    },
    counts: () => [...counted.values()],
  };
}
