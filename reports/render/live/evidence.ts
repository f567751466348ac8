/** Evidence so far: per region the requests of its gating cell with the least evidence, and those planned. */
import { counts, requestKind, subjectOf } from '../../../claims/scope.ts';
import type { PlanCell, PlanClaim, RunPlan } from '../../../src/formats/plan.ts';
import type { ClientRole } from '../../../src/formats/timetable.ts';

export interface Evidence {
  claim: string;
  got: number;
  planned: number;
}

/** Without claims that can be counted only after all writes are known (staleness). */
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
        .filter(({ claim, cell }) => !requestKind(claim)!.needsHistory && cell.plannedRequests > 0);
      // A stricter claim needs more requests: evidence is planned requests x maximum bad share.
      return cells.toSorted((a, b) => weight(a) - weight(b)).slice(0, 1);
    });
  }

  /** Counts one recorded request of an operation (a journey's step is an operation of its own). */
  add(asked: number, home: number, operation: number, role: ClientRole, dueMs: number): void {
    const { operations, phases } = this.plan;
    const its = operations[operation]!;
    const phase = phases.find((p) => p.judged && dueMs >= p.fromMs && dueMs < p.toMs)?.name;
    if (phase === undefined) return;
    // All cells are per region, so origin, tenant and version do not matter.
    const asking = { origin: -1, home, tenant: -1, row: { apiVersion: 0 } };
    for (const [region, cells] of this.scarcest.entries()) {
      for (const cell of cells) {
        if (cell.claim.phase !== phase || !counts(cell.claim, role, its, operations)) continue;
        if (subjectOf(this.plan, cell.claim, its, asking, asked) === region) cell.got += 1;
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
