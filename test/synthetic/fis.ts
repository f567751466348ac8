/** The FIS experiments of a synthetic run's first fault, inserted into its journal. */
import type { FisOutcome } from '../../src/formats/fis.ts';
import type { SyntheticOptions } from './options.ts';

/** A `fis-ended` line right after the fault was cleared. */
export const fisEnded =
  (outcome: Partial<FisOutcome>): NonNullable<SyntheticOptions['changeJournal']> =>
  (lines) => {
    const at = lines.findIndex(({ event }) => event.kind === 'fault-gone');
    if (at < 0) throw new Error('no fault of this run was cleared');
    const all: FisOutcome = {
      place: { endpoint: 'http://127.0.0.1:4566', scale: 60 },
      experiments: [],
      notExercised: [],
      suspects: [],
      ...outcome,
    };
    lines.splice(at + 1, 0, { ms: lines[at]!.ms, event: { kind: 'fis-ended', fault: 1, ...all } });
  };
