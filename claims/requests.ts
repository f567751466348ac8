/**
 * Counts every request for the cells it belongs to. Also who reached a region at all: probes never make up for clients.
 * A request counts once, as its first attempt ended (docs/decisions/0014): later attempts are not to be handed over.
 */
import { OPERATION_CLASSES, type PlanClaim, type RunPlan } from '../src/formats/plan.ts';
import { CLIENT_ROLES } from '../src/formats/timetable.ts';
import type { WriteHistory } from './measures/versions.ts';
import { isClient, type JudgedRow, PHASES } from './row.ts';
import { counts, requestKind, subjectOf } from './scope.ts';
import { type OnBad, RequestTally } from './tally.ts';

type Counter = (c: JudgedRow, tally: RequestTally) => void;

export class RequestCounts {
  private readonly tallies: RequestTally[];
  private readonly plan: RunPlan;
  /** Tally by claim, then subject. */
  private readonly cellOf: (RequestTally | undefined)[][];
  /** Claims that a request counts for, by phase x role x operation; those that need a history apart. */
  private readonly claimsOf: { now: number[]; later: number[] }[];
  private readonly counters: (Counter | null)[];
  private readonly viaEdge: boolean[];
  private readonly classOf: number[];
  /** Client requests by phase x class, then region asked (or, at the edge, home region). */
  private readonly asked: Float64Array[];
  private readonly askedEdge: Float64Array[];

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
    this.asked = zeros();
    this.askedEdge = zeros();
  }

  /** Whether some claim must see every row again, once all writes are known. */
  get needsHistory(): boolean {
    return this.tallies.some(({ claim }) => requestKind(claim)!.needsHistory);
  }

  add(c: JudgedRow): void {
    if (!c.judged) return;
    if (isClient(c.role)) this.countAsked(c);
    for (const claim of this.claimsFor(c).now) this.countFor(claim, this.counters[claim]!, c);
  }

  /** The second pass: `history` holds every write that was acknowledged. */
  withHistory(history: WriteHistory): (c: JudgedRow) => void {
    const counters = this.plan.claims.map((claim, i) => {
      const kind = requestKind(claim);
      return kind?.needsHistory ? kind.counter(this.plan, i, history) : null;
    });
    return (c) => {
      if (c.judged) for (const claim of this.claimsFor(c).later) this.countFor(claim, counters[claim]!, c);
    };
  }

  /** One per cell of the plan, in its order, with who reached it. */
  finish(): RequestTally[] {
    for (const tally of this.tallies) {
      const { claim, cell } = tally;
      if (claim.per !== 'region') {
        tally.reached = tally.total.reduce((a, b) => a + b, 0);
        continue;
      }
      const mine = this.plan.operations.filter((o) => o.kind === 'request' && claim.classes.includes(o.class));
      const source = mine.length > 0 && mine.every((o) => o.via === 'edge') ? this.askedEdge : this.asked;
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
    const { askedRegion } = c.row;
    const subject = subjectOf(plan, plan.claims[claim]!, plan.operations[c.operation]!, c, askedRegion);
    const tally = this.cellOf[claim]![subject];
    if (tally !== undefined) count(c, tally);
  }

  private countAsked(c: JudgedRow): void {
    const isEdge = this.viaEdge[c.operation]!;
    const counts = (isEdge ? this.askedEdge : this.asked)[
      c.phase * OPERATION_CLASSES.length + this.classOf[c.operation]!
    ]!;
    const region = isEdge ? c.home : c.row.askedRegion;
    if (region < counts.length) counts[region] = counts[region]! + 1;
  }
}
