/** Responses per region in the recording, to compare with the target's own request counters. */
import type { RegionCounter } from '../../../src/formats/journal.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import { ERRORS, NO_REGION, ROW_STATE } from '../../../src/formats/recording.ts';
import { type JudgedRow, ROLE } from '../../../claims/row.ts';
import { list } from '../../../src/formats/words.ts';

export class RegionResponses {
  private readonly byRegion: Float64Array;
  private edge = 0;
  /** Responses that name no region, and requests that may have reached any region, once or twice. */
  private unplaced = 0;
  private readonly plan: RunPlan;
  private readonly viaEdge: boolean[];

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.byRegion = new Float64Array(plan.regions.length);
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
  }

  add(c: JudgedRow): void {
    const { status, servedRegion, state, error } = c.row;
    if (c.role === ROLE.control || ERRORS[error] === 'not-sent') return;
    if ((state & ROW_STATE.redial) !== 0) this.unplaced++;
    if (status === 0) this.unplaced++;
    else if (this.viaEdge[c.operation]) this.edge++;
    else if (servedRegion === NO_REGION || servedRegion >= this.byRegion.length) this.unplaced++;
    else this.byRegion[servedRegion] = this.byRegion[servedRegion]! + 1;
  }

  /**
   * Compares the recording with the target's counters and returns the mismatches. A region must have counted every
   * request it responded to. All regions together must not have counted more than those and the requests with an
   * unknown outcome: without a response, sent twice by a re-dial, or in flight when the run was stopped (`lost`).
   */
  compare(counters: RegionCounter[], lost: number): string[] {
    // An interrupted journey may have sent all its steps without a row.
    const steps = Math.max(1, ...this.plan.operations.map((operation) => operation.steps.length));
    const slack = this.unplaced + lost * steps;
    const problems: string[] = [];
    const surplus: { name: string; requests: number }[] = [];
    const check = (name: string, counted: number | undefined, answered: number): void => {
      if (counted === undefined && answered > 0)
        problems.push(`${name} has no counter, but ${answered} responses from it were recorded`);
      else if (counted !== undefined && counted < answered)
        problems.push(`${name} counted ${counted} requests, but ${answered} of its responses were recorded`);
      else if (counted !== undefined && counted > answered) surplus.push({ name, requests: counted - answered });
    };
    for (const [i, region] of this.plan.regions.entries())
      check(region.id, counters.find((c) => c.region === region.id)?.requests, this.byRegion[i]!);
    check('the edge', counters.find((c) => c.region === null)?.requests, this.edge);
    const more = surplus.reduce((sum, { requests }) => sum + requests, 0);
    if (more > slack) {
      const names = list(surplus.map(({ name }) => name));
      problems.push(`${names} counted ${more} more requests than were recorded; only ${slack} have an unknown outcome`);
    }
    return problems;
  }
}
