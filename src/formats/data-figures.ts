/** The part of the run result that is about data: what was lost, who won, what sessions saw, how far replicas were behind. */

/** Writes of the ledger: what was said of them when they were sent, and who knows them at the end. */
export interface LedgerFigures {
  acknowledged: number;
  refused: number;
  /** Nobody knows whether they were written; `appeared` of them are known somewhere at the end. */
  unknown: number;
  appeared: number;
  /** Regions that could not be asked; and whether any could. */
  unread: string[];
  /** What regions did instead of saying it, in words, by region; absent in runs of before it was known. */
  unreadBecause?: Record<string, string> | undefined;
  wasRead: boolean;
  /** Acknowledged writes that no region that was asked knows; null if none was asked. */
  lost: number | null;
  /** Acknowledged writes that one region knows and another that was asked does not: the most of any region. */
  divergent: number;
  /** How long before the first bite the oldest of the lost was acknowledged, ms; 0 if none was before it (RPO-time). */
  lostBeforeMs: number;
  /** Acknowledged writes that each region does not know. */
  behind: { region: string; missing: number }[];
}

/** Edits of carts, who won at the end, and when each region showed what the others had written while a fault lasted. */
export interface CartFigures {
  acknowledged: number;
  refused: number;
  /** Nobody knows whether they were written. */
  unknown: number;
  /** Acknowledged edits of which it is not known what their writers had seen or made: they did not say. */
  unclear: number;
  /** Lines of the recording about carts that are malformed, say a thing twice or speak of no edit. */
  ignored: number;
  /** Edits acknowledged while a fault lasted (first t0 to last t1), which is what convergence is about. */
  during: number;
  /** Carts that differ between the regions at the end; null if fewer than two regions could be asked. */
  differing: number | null;
  /** From the last t1 to the final reads, ms; null without either. */
  readAfterMs: number | null;
  /** In the order of the plan. */
  regions: CartRegion[];
}

/** What one region made of the carts. */
export interface CartRegion {
  region: string;
  /** Whether it could be asked at the end, and what it did instead. */
  wasRead: boolean;
  unreadBecause?: string | undefined;
  /** Carts at the end with an acknowledged edit. Of these: the wrong ones, and those of which nobody can say it. */
  carts: number;
  wrong: number;
  unjudged: number;
  /** The wrong ones apart: lost to its own ancestor, holding nobody's write, gone. */
  ancestors: number;
  strangers: number;
  gone: number;
  /** Reads by clients of carts that it had to learn about, begun after the last t1. */
  reads: number;
  /** Such carts that clients read after the last t1 elsewhere, and never here. */
  unseen: number;
  /**
   * The interval, ms after the last t1, in which it came to show for good what the others had written: from the last read
   * without it (0 if there is none) to the first with it. `toMs` null: a last read still lacked it. Both null: not tested.
   */
  fromMs: number | null;
  toMs: number | null;
}

/** Read-your-writes and monotonic reads in one region (reports/judge/sessions.ts), from the first judged phase on. */
export interface SessionFigures {
  region: string;
  /** Records written, read and deleted, one session each; and their reads that told which version they saw. */
  sessions: number;
  reads: number;
  /** Reads that lacked an own write or delete acknowledged before they began, and the longest after it, ms. */
  ownMissed: number;
  ownLongestMs: number;
  /** Reads begun later after an own acknowledgement than the limit on it, and those that lacked it; 0 without a limit. */
  lateReads: number;
  lateMissed: number;
  /** Reads that showed an older version than an earlier one of their session. */
  goingBack: number;
}

/** Lag of one region's replica by the second, as clients saw it and as the target reported it. */
export interface ReplicaLag {
  region: string;
  /** Begin of each second, ms since T0; the next two have the same length, null where nothing says anything. */
  atMs: number[];
  /** How far behind the oldest read was that began in it. */
  seenMs: (number | null)[];
  reportedMs: (number | null)[];
  /** When the target's alert was seen to be on, ms since T0. */
  alerts: number[];
}
