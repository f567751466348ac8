/** The ten worst requests of every cell. All cells keep them, since which cells FAIL is known only at the end. */
import { tracePrefix } from '../../../src/formats/trace-id.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import { ERRORS, ROW_STATE, type RecordedRow } from '../../../src/formats/recording.ts';
import type { WorstRequest } from '../../run-result.ts';
import { COHORTS } from '../../../src/formats/timetable.ts';
import { round } from '../../../src/statistics/histogram.ts';
import type { JudgedRow } from '../../../claims/row.ts';
import { SUBJECTS } from '../../../claims/subjects.ts';
import type { RecordingNotes } from '../../../claims/recording-notes.ts';

const KEPT = 10;

interface Kept {
  score: number;
  row: RecordedRow;
  dueMs: number;
  latencyUs: number;
  origin: number;
  cohort: number;
  operation: number;
  client: number;
}

export class WorstRequests {
  /** By cell, ordered from the least bad to the worst. */
  private readonly kept: Kept[][];
  private readonly plan: RunPlan;
  private readonly tracePrefix: string;

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.kept = plan.cells.map(() => []);
    this.tracePrefix = tracePrefix(plan.runId);
  }

  /** Keeps the row if it is among the worst of the cell. A higher score is worse; of equals the earlier stays. */
  offer(cell: number, score: number, c: JudgedRow): void {
    const list = this.kept[cell]!;
    if (list.length === KEPT) {
      if (score <= list[0]!.score) return;
      list.shift();
    }
    const { dueMs, latencyUs, origin, cohort, operation, client } = c;
    const place = list.findIndex((other) => other.score >= score);
    list.splice(place < 0 ? list.length : place, 0, {
      score,
      row: { ...c.row },
      dueMs,
      latencyUs,
      origin,
      cohort,
      operation,
      client,
    });
  }

  /** The kept requests of one cell, worst first. */
  of(cell: number, notes: RecordingNotes): WorstRequest[] {
    const { plan } = this;
    const { claim, subject } = plan.cells[cell]!;
    const { id, per } = plan.claims[claim]!;
    return this.kept[cell]!.toReversed().map(({ row, dueMs, latencyUs, origin, cohort, operation, client }) => ({
      claim: id,
      subject: SUBJECTS[per].ids(plan)[subject]!,
      row: row.row,
      origin: plan.origins[origin]!.id,
      region: plan.regions[row.requestedRegion]?.id ?? (plan.operations[operation]!.via === 'edge' ? 'edge' : ''),
      served: plan.regions[row.servedRegion]?.id ?? null,
      operation: plan.operations[operation]!.name,
      cohort: COHORTS[cohort] ?? '',
      cold: (row.state & ROW_STATE.newConnection) !== 0,
      dueMs,
      latencyMs: round(latencyUs / 1000),
      waitedMs: round((latencyUs - row.resolveUs - row.totalUs) / 1000),
      resolveMs: round(row.resolveUs / 1000),
      connectMs: round(row.blockedUs / 1000),
      pathMs: round(Math.max(0, row.totalUs - row.blockedUs - row.serverUs) / 1000),
      serverMs: round(row.serverUs / 1000),
      status: row.status,
      error: ERRORS[row.error] ?? 'other',
      text: notes.textOf(client, row.row, row.error),
      traceId: this.tracePrefix + row.row.toString(16).padStart(16, '0'),
    }));
  }
}
