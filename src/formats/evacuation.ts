/**
 * An evacuation: people are taken out of a region by a decision, not by health checks (ARC zonal shift, a routing
 * control, a weight set to 0). It is a measured step of an experiment and no fault: what it costs is how long it takes.
 */

/**
 * What is done. `url`: POST; one that begins with / is a path of the world's control. `command`: argv, without a shell.
 */
export type EvacuationStep = { url: string } | { command: string[] };

/** Asked for once, and undone when nothing is broken any more. */
export interface Evacuation {
  /** For people, without account ids: `POST /evacuate/ap-southeast-1`. */
  title: string;
  /** After the first fault was seen to bite. */
  afterMs: number;
  ask: EvacuationStep;
  /** What takes it back; null where nothing does. */
  undo: EvacuationStep | null;
  /** A step that takes longer has failed. */
  timeoutMs: number;
  /** Ids of the regions whose people are to be elsewhere. */
  regions: string[];
}
