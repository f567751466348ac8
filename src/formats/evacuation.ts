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

/** What became of it, by the journal and, for the shares, by client rows alone. Since T0 where nothing else is said. */
export interface EvacuationFigures {
  title: string;
  /** null = was never asked for. */
  askedMs: number | null;
  /** When it answered, or was given up; null = nobody knows. */
  doneMs: number | null;
  tookMs: number | null;
  ok: boolean | null;
  /** What was answered, or why it failed. */
  message: string;
  /** Whether it was taken back; null where nothing was to be taken back, or nobody tried. */
  undone: boolean | null;
  /** How long clients were watched from `askedMs` on while something was broken, ms. */
  watchedMs: number;
  /**
   * Since `askedMs`: until so much of what clients at home in the region ask is answered well elsewhere, of those that
   * follow names (`fresh`, `ttl`); null = not before the last fault was gone.
   */
  regions: { region: string; t50Ms: number | null; t99Ms: number | null }[];
}
