/** Everything that was measured in a run. */
import type { Told } from '../told.ts';
import type { FaultInstants } from './fault-instants.ts';
import type { Figures } from './index.ts';

/** What claims find their answers in. */
export interface Measured {
  /** The faults, with those told that no client felt. */
  instants: FaultInstants[];
  figures: Figures;
  told: Told;
}
