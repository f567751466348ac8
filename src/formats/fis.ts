/** FIS experiments in journal and result. Account ids are masked (`************`) unless --show-accounts is given. */

/** One FIS experiment: a fault in one region. Instants are epoch ms by FIS's own clock. */
export interface FisRecord {
  region: string;
  id: string;
  arn: string | null;
  status: string;
  reason: string | null;
  startEpochMs: number | null;
  endEpochMs: number | null;
  actions: { name: string; actionId: string; status: string; startEpochMs: number | null; endEpochMs: number | null }[];
  /** Its targets, by the preview. */
  targets: string[];
}

/** The FIS that was used: AWS itself (null), or the address of another endpoint. */
export interface FisPlace {
  endpoint: string | null;
  /** How many times faster than real time the clock of a local endpoint runs; null elsewhere. */
  scale: number | null;
}

/** All ended FIS experiments of one fault. */
export interface FisOutcome {
  place: FisPlace;
  experiments: FisRecord[];
  /** Descriptions of actions that did nothing, so that their effect was not tested. */
  notExercised: string[];
  /** What may be left in the account after the experiment, and the command that shows it. */
  suspects: string[];
}
