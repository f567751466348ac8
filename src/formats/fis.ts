/** What journal and result say of FIS experiments. Account ids are hidden in them (`************`) unless asked for. */

/** One experiment of FIS: a fault in one region. Instants are epoch ms by FIS's own clock. */
export interface FisRecord {
  region: string;
  id: string;
  arn: string | null;
  status: string;
  reason: string | null;
  startEpochMs: number | null;
  endEpochMs: number | null;
  actions: { name: string; actionId: string; status: string; startEpochMs: number | null; endEpochMs: number | null }[];
  /** What it hit, by the preview. */
  targets: string[];
}

/** Where FIS was: AWS itself (null), or the address of an endpoint in its place. */
export interface FisPlace {
  endpoint: string | null;
  /** How many times faster than the wall the minutes of a local endpoint pass; null elsewhere. */
  scale: number | null;
}

/** All FIS experiments of one fault, once they have ended. */
export interface FisOutcome {
  place: FisPlace;
  experiments: FisRecord[];
  /** Actions that did nothing, in words: what they should have shown was not tested. */
  notExercised: string[];
  /** What may be left in the account though the experiment has ended, and the command that shows it. */
  suspects: string[];
}
