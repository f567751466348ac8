/**
 * An evacuation: an operator's step that moves clients out of a region, not health checks (ARC zonal shift, a routing
 * control, a weight set to 0). It is not a fault but a step of an experiment whose duration is measured.
 */

/** The step. `url`: POST; one that begins with / is a path of the world's control. `command`: argv, without a shell. */
export type EvacuationStep = { url: string } | { command: string[] };

/** Run once, and undone when all faults are cleared. */
export interface Evacuation {
  /** For display, without account ids: `POST /evacuate/ap-southeast-1`. */
  title: string;
  /** Delay after the first fault takes effect. */
  afterMs: number;
  ask: EvacuationStep;
  /** The step that undoes it; null where the experiment declares none. */
  undo: EvacuationStep | null;
  /** A step that takes longer has failed. */
  timeoutMs: number;
  /** Ids of the evacuated regions. */
  regions: string[];
}
