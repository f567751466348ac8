/**
 * Two kinds of lateness: a client that waited for its own earlier request (reported), and a generator that was late
 * although the client was free (decides validity). Also the control series: echoes inside the harness, whose latency is
 * caused by this machine alone.
 */
import { ROW_STATE } from '../../../src/formats/recording.ts';
import { Histogram, roundOrNull } from '../../../src/statistics/histogram.ts';
import { ROLE } from '../../../claims/row.ts';
import type { RowContext } from '../rows/row-context.ts';
import type { RunFiles } from '../rows/run-files.ts';

const BIN_WIDTH = 0.02;

export interface LagFigures {
  /** By region index, over the origins at home there: rows judged, and how many were later than the limit. */
  regions: { n: number; late: number; p99Ms: number | null }[];
  p50Ms: number | null;
  p99Ms: number | null;
  maxMs: number | null;
  clientBlockedShare: number;
  /** The control series: requests judged, how many were over the limit or failed. */
  control: { n: number; late: number; p99Ms: number | null };
}

export class Lag {
  private readonly all: Histogram;
  private readonly byRegion: Histogram[];
  private readonly late: number[];
  private readonly control: Histogram;
  private controlLate = 0;
  private blocked = 0;
  private readonly limitMs: number;
  private readonly controlLimitMs: number;

  constructor({ plan }: RunFiles) {
    this.limitMs = plan.validity.lagP99Ms;
    this.controlLimitMs = plan.validity.controlP99Ms;
    this.all = new Histogram(BIN_WIDTH, this.limitMs * 1000);
    this.byRegion = plan.regions.map(() => new Histogram(BIN_WIDTH, this.limitMs * 1000));
    this.late = plan.regions.map(() => 0);
    this.control = new Histogram(BIN_WIDTH, this.controlLimitMs * 1000);
  }

  add(c: RowContext): void {
    const { row } = c;
    if (!c.judged) return;
    if (c.role === ROLE.control) {
      if (c.bad) this.control.failed++;
      else this.control.add(c.latencyUs, c.lnUs);
      if (c.bad || c.latencyUs > this.controlLimitMs * 1000) this.controlLate++;
      return;
    }
    // Held back by the target's request limit: not the generator's lateness.
    if (!c.first || (row.state & ROW_STATE.heldBack) !== 0) return;
    const lagMs = Math.max(0, row.startMs - Math.max(c.dueMs, c.freeAtMs));
    const us = lagMs * 1000;
    const lnUs = us < 1 ? 0 : Math.log(us);
    this.all.add(us, lnUs);
    this.byRegion[c.home]!.add(us, lnUs);
    if (lagMs > this.limitMs) this.late[c.home]!++;
    if ((row.state & ROW_STATE.clientBlocked) !== 0) this.blocked++;
  }

  finish(): LagFigures {
    return {
      regions: this.byRegion.map((h, i) => ({ n: h.n, late: this.late[i]!, p99Ms: roundOrNull(h.quantileMs(0.99)) })),
      p50Ms: roundOrNull(this.all.quantileMs(0.5)),
      p99Ms: roundOrNull(this.all.quantileMs(0.99)),
      maxMs: this.all.n === 0 ? null : roundOrNull(this.all.maxUs / 1000),
      clientBlockedShare: this.all.n === 0 ? 0 : this.blocked / this.all.n,
      control: { n: this.control.n, late: this.controlLate, p99Ms: roundOrNull(this.control.quantileMs(0.99)) },
    };
  }
}
