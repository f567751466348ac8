/** Everything that was measured in a run. */
import type { ClaimKind } from '../../src/formats/claims.ts';
import type { RecordingNotes } from '../recording-notes.ts';
import type { FaultInstants } from './fault-instants.ts';
import type { Figures } from './index.ts';

/** The evidence for claims that evaluate measures. */
export interface Measured {
  /** The faults, including whether each reached clients. */
  instants: FaultInstants[];
  figures: Figures;
  /** What an observer recorded for a kind of claim; undefined without one, or if it failed. */
  observed(of: ClaimKind): unknown;
  notes: RecordingNotes;
}
