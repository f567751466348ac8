/** Everything that was measured in a run. */
import type { ClaimKind } from '../../src/formats/claims.ts';
import type { Told } from '../told.ts';
import type { FaultInstants } from './fault-instants.ts';
import type { Figures } from './index.ts';

/** What claims find their answers in. */
export interface Measured {
  /** The faults, with those told that no client felt. */
  instants: FaultInstants[];
  figures: Figures;
  /** What an observer saw for a kind of claim; undefined where nobody looked, or it could not be had. */
  observed(of: ClaimKind): unknown;
  told: Told;
}
