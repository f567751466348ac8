/**
 * Counts every request for the cells it belongs to, and how many user requests reached each region: probes are no
 * substitute for users. A request counts once, by the outcome of its first attempt (docs/decisions/0014), so callers
 * pass first attempts only.
 */
import { OPERATION_CLASSES, type PlanClaim, type RunPlan } from '../src/formats/plan.ts';
import { CLIENT_ROLES } from '../src/formats/timetable.ts';
import type { WriteHistory } from './measures/versions.ts';
import { isUser, type JudgedRow, PHASES } from './row.ts';
import { counts, requestKind, subjectOf } from './scope.ts';
import { type OnBad, RequestTally } from './tally.ts';

type Counter = (c: JudgedRow, tally: RequestTally) => void;

export class RequestCounts {
  private readonly tallies: RequestTally[];
  private readonly plan: RunPlan;
  /** Tally by claim, then subject. */
  private readonly cellOf: (RequestTally | undefined)[][];
  /** Claims that a request counts for, by phase x role x operation; claims that need a history are in `later`. */
  private readonly claimsOf: { now: number[]; later: number[] }[];
  private readonly counters: (Counter | null)[];
  private readonly viaEdge: boolean[];
  private readonly classOf: number[];
  /** User requests by phase x class, then by the region they were sent to (at the edge: home region). */
  private readonly sent: Float64Array[];
  private readonly sentEdge: Float64Array[];

  constructor(plan: RunPlan, onBad: OnBad) {
    this.plan = plan;
    this.tallies = plan.cells.map((cell, i) => new RequestTally(cell, plan.claims[cell.claim]!, i, onBad));
    this.cellOf = plan.claims.map((claim, i) => {
      const subjects: (RequestTally | undefined)[] = [];
      for (const tally of this.tallies)
        if (tally.cell.claim === i && (claim.only === null || claim.only.includes(tally.cell.subject)))
          subjects[tally.cell.subject] = tally;
      return subjects;
    });
    this.counters = plan.claims.map((claim, i) => {
      const kind = requestKind(claim);
      return kind && !kind.needsHistory ? kind.counter(plan, i, null) : null;
    });
    this.viaEdge = plan.operations.map((operation) => operation.via === 'edge');
    this.classOf = plan.operations.map((operation) => OPERATION_CLASSES.indexOf(operation.class));
    this.claimsOf = PHASES.flatMap((phase) =>
      CLIENT_ROLES.flatMap((role) =>
        plan.operations.map((operation) => {
          const fits = (claim: PlanClaim): boolean =>
            claim.phase === phase && counts(claim, role, operation, plan.operations);
          const mine = [...plan.claims.keys()].filter((i) => fits(plan.claims[i]!));
          const needsHistory = (i: number): boolean => requestKind(plan.claims[i]!)!.needsHistory;
          return { now: mine.filter((i) => !needsHistory(i)), later: mine.filter(needsHistory) };
        }),
      ),
    );
    const zeros = (): Float64Array[] =>
      PHASES.flatMap(() => OPERATION_CLASSES.map(() => new Float64Array(plan.regions.length)));
    this.sent = zeros();
    this.sentEdge = zeros();
  }

  /** Whether a claim needs a second pass over the rows, after all writes are known. */
  get needsHistory(): boolean {
    return this.tallies.some(({ claim }) => requestKind(claim)!.needsHistory);
  }

  add(c: JudgedRow): void {
    if (!c.judged) return;
    if (isUser(c.role)) this.countSent(c);
    for (const claim of this.claimsFor(c).now) this.countFor(claim, this.counters[claim]!, c);
  }

  /** The second pass. `history` has every acknowledged write. */
  withHistory(history: WriteHistory): (c: JudgedRow) => void {
    const counters = this.plan.claims.map((claim, i) => {
      const kind = requestKind(claim);
      return kind?.needsHistory ? kind.counter(this.plan, i, history) : null;
    });
    return (c) => {
      if (c.judged) for (const claim of this.claimsFor(c).later) this.countFor(claim, counters[claim]!, c);
    };
  }

  /** One per cell, in the order of the plan, with the number of user requests that reached it. */
  finish(): RequestTally[] {
    for (const tally of this.tallies) {
      const { claim, cell } = tally;
      if (claim.per !== 'region') {
        tally.reached = tally.total.reduce((a, b) => a + b, 0);
        continue;
      }
      const mine = this.plan.operations.filter((o) => o.kind === 'request' && claim.classes.includes(o.class));
      const source = mine.length > 0 && mine.every((o) => o.via === 'edge') ? this.sentEdge : this.sent;
      const phase = PHASES.indexOf(claim.phase) * OPERATION_CLASSES.length;
      for (const name of claim.classes)
        tally.reached += source[phase + OPERATION_CLASSES.indexOf(name)]![cell.subject]!;
    }
    return this.tallies;
  }

  private claimsFor(c: JudgedRow): { now: number[]; later: number[] } {
    return this.claimsOf[(c.phase * CLIENT_ROLES.length + c.role) * this.viaEdge.length + c.operation]!;
  }

  private countFor(claim: number, count: Counter, c: JudgedRow): void {
    const { plan } = this;
    const { requestedRegion } = c.row;
    const subject = subjectOf(plan, plan.claims[claim]!, plan.operations[c.operation]!, c, requestedRegion);
    const tally = this.cellOf[claim]![subject];
    if (tally !== undefined) count(c, tally);
  }

  private countSent(c: JudgedRow): void {
    const isEdge = this.viaEdge[c.operation]!;
    const counts = (isEdge ? this.sentEdge : this.sent)[
      c.phase * OPERATION_CLASSES.length + this.classOf[c.operation]!
    ]!;
    const region = isEdge ? c.home : c.row.requestedRegion;
    if (region < counts.length) counts[region] = counts[region]! + 1;
  }
}
