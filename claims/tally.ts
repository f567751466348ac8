/** Requests counted for one cell: total and bad by time block, exact at the limit. */
import type { PlanCell, PlanClaim } from '../src/formats/plan.ts';
import { Histogram } from '../src/statistics/histogram.ts';
import { Causes } from './causes.ts';
import { BLOCKS, type JudgedRow } from './row.ts';

/** 0.5 %, since the quantile is shown next to a limit. */
const BIN_WIDTH = 0.005;

/** Takes a bad request; a higher score is worse. */
export type OnBad = (cell: number, score: number, c: JudgedRow) => void;

export class RequestTally {
  readonly cell: PlanCell;
  readonly claim: PlanClaim;
  readonly total = new Uint32Array(BLOCKS);
  readonly bad = new Uint32Array(BLOCKS);
  /** Latency or staleness; null for claims that have none. */
  readonly values: Histogram | null;
  /** How its bad requests ended. */
  readonly causes = new Causes();
  /** Responses that were not counted because they named no region of the target. */
  unnamed = 0;
  /** User requests (not probes) of the claim's classes that were sent to the region; for other subjects all counted. */
  reached = 0;
  private readonly index: number;
  private readonly onBad: OnBad;

  /** `index`: of the cell in the plan. */
  constructor(cell: PlanCell, claim: PlanClaim, index: number, onBad: OnBad) {
    this.cell = cell;
    this.claim = claim;
    this.index = index;
    this.onBad = onBad;
    this.values = cell.limitMs === null ? null : new Histogram(BIN_WIDTH, Math.max(1, cell.limitMs * 1000));
  }

  /** Counts a request; of bad ones a higher `score` is worse. */
  count(c: JudgedRow, bad: boolean, score: number): void {
    this.total[c.block] = this.total[c.block]! + 1;
    if (!bad) return;
    this.bad[c.block] = this.bad[c.block]! + 1;
    this.onBad(this.index, score, c);
  }
}
