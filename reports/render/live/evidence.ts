/** How much evidence the run has gathered: per region, requests of its scarcest gating cell against those planned. */
import type { PlanCell, PlanClaim, RunPlan } from '../../../src/formats/plan.ts';
import type { ClientRole } from '../../../src/formats/timetable.ts';

export interface Evidence {
  claim: string;
  got: number;
  planned: number;
}

/** Roles that no such cell counts. */
const EXTRAS: ClientRole[] = ['control', 'tracer', 'clock', 'ledger', 'session', 'cart'];

/** Staleness is left out: which reads count for it is known only when all writes are. */
export class EvidenceCount {
  private readonly plan: RunPlan;
  /** By region index. */
  private readonly scarcest: { claim: PlanClaim; cell: PlanCell; got: number }[][];

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.scarcest = plan.regions.map((_, region) => {
      const cells = plan.cells
        .map((cell) => ({ cell, claim: plan.claims[cell.claim]!, got: 0 }))
        .filter(({ claim, cell }) => claim.gating && claim.per === 'region' && cell.subject === region)
        .filter(({ claim, cell }) => claim.metric !== 'staleness' && cell.plannedRequests > 0);
      // A claim that allows less needs more: evidence is what is planned times what may be bad.
      return cells.toSorted((a, b) => weight(a) - weight(b)).slice(0, 1);
    });
  }

  /** Counts one recorded request of an operation (a journey's step is an operation of its own). */
  add(asked: number, home: number, operation: number, role: ClientRole, dueMs: number): void {
    const { class: its, via } = this.plan.operations[operation]!;
    const region = via === 'edge' ? home : asked;
    const phase = this.plan.phases.find((p) => p.judged && dueMs >= p.fromMs && dueMs < p.toMs)?.name;
    if (phase === undefined || EXTRAS.includes(role)) return;
    for (const at of region === home ? [region] : [region, home]) {
      for (const cell of this.scarcest[at] ?? []) {
        const { metric, vantage, classes } = cell.claim;
        const counts = at === (metric === 'home-share' ? home : region);
        const fits = vantage === 'any' || (vantage === 'region') === (role === 'probe');
        if (counts && fits && cell.claim.phase === phase && classes.includes(its)) cell.got += 1;
      }
    }
  }

  /** By region index; null for a region without a gating cell. */
  gathered(): (Evidence | null)[] {
    return this.scarcest.map(([cell]) =>
      cell ? { claim: cell.claim.id, got: cell.got, planned: cell.cell.plannedRequests } : null,
    );
  }
}

const weight = ({ cell, claim }: { cell: PlanCell; claim: PlanClaim }): number =>
  cell.plannedRequests * claim.maxBadShare;
