/** What a number of planned requests can decide, and how many requests a plan should have. */
import { ALPHA, failProbability, passProbability, requestsUntil } from '../statistics/decision.ts';

/** A healthy target has a twentieth of the bad requests that its limit allows (a p99 claim: 0.05 %). */
const HEALTHY_SHARE = 1 / 20;

/** An unhealthy target has three times as many as its limit allows. */
const UNHEALTHY_FACTOR = 3;

/** A healthy target passes all gating cells together with this probability; an unhealthy cell fails with the second. */
const JOINT_PASS = 0.995;
const CELL_FAIL = 0.95;

/** Probability to PASS behind "seconds to decide" in a plan. */
const DECIDED = 0.97;

/** Evidence arithmetic for `cells` cells judged together: Holm's first step tests each at alpha / cells. */
export class Evidence {
  private static readonly families = new Map<number, Evidence>();

  private readonly cells: number;
  private readonly known = new Map<string, number | null>();

  private constructor(cells: number) {
    this.cells = cells;
  }

  /** The arithmetic of a family of `cells`, cached because its searches are slow. */
  static of(cells: number): Evidence {
    const size = Math.max(1, cells);
    let found = Evidence.families.get(size);
    if (!found) Evidence.families.set(size, (found = new Evidence(size)));
    return found;
  }

  /** Probability that n requests PASS on a healthy target. */
  pass(n: number, maxBadShare: number): number {
    return passProbability(n, maxBadShare, maxBadShare * HEALTHY_SHARE, ALPHA);
  }

  /** Probability that n requests FAIL on a target at three times the limit. */
  fail(n: number, maxBadShare: number): number {
    return failProbability(n, maxBadShare, Math.min(1, maxBadShare * UNHEALTHY_FACTOR), ALPHA / this.cells);
  }

  /**
   * Requests that a cell should have, so that a healthy target passes all cells with 99.5 % and an unhealthy cell fails
   * with 95 %; null where no number is enough (the limit allows a third or more to be bad).
   */
  wanted(maxBadShare: number): number | null {
    const perCell = JOINT_PASS ** (1 / this.cells);
    return this.remembered(
      `wanted ${maxBadShare}`,
      maxBadShare,
      (n) => this.pass(n, maxBadShare) >= perCell && this.fail(n, maxBadShare) >= CELL_FAIL,
    );
  }

  /** Requests with which a healthy target PASSes one cell with 97 %; null where no number is enough. */
  deciding(maxBadShare: number): number | null {
    return this.remembered(`deciding ${maxBadShare}`, maxBadShare, (n) => this.pass(n, maxBadShare) >= DECIDED);
  }

  private remembered(name: string, maxBadShare: number, enough: (n: number) => boolean): number | null {
    let found = this.known.get(name);
    if (found === undefined) this.known.set(name, (found = requestsUntil(maxBadShare, enough)));
    return found;
  }
}
