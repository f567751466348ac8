/**
 * Replica lag per second: as clients saw it (versions.ts, which never overstates) and as the target reported it, with
 * the state of its alert.
 */
import type { Journal } from '../../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import { SOURCES } from '../../../src/formats/recording.ts';
import { round } from '../../../src/statistics/histogram.ts';
import type { JudgedRow } from '../../row.ts';
import type { Measure } from '../measure.ts';
import type { RecordNames, WriteHistory } from '../versions.ts';
import { lagOverTime } from './over-time.ts';
import { type ReplicaLag, replicaLagSchema } from './schema.ts';

export const replicaLag: Measure<ReplicaLag[]> = {
  schema: replicaLagSchema,
  collect({ plan, records }) {
    let seen: SeenLag | null = null;
    return {
      again(history) {
        if (plan.experiment === null) return null;
        seen = new SeenLag(plan, records, history);
        return (c) => seen!.add(c);
      },
      finish: (journal) => seen?.finish(journal) ?? [],
    };
  },
  overTime: lagOverTime,
};

const REPLICA = SOURCES.indexOf('replica');
const SECOND_MS = 1000;
/** Reads of records without a write in this time before are ignored: they are up to date on any replica. */
const MEMORY_MS = 10_000;

/** The stalest read of every second, by region. Needs the second pass over the recording. */
class SeenLag {
  private readonly plan: RunPlan;
  private readonly records: RecordNames;
  private readonly history: WriteHistory;
  private readonly seenMs: (number | null)[][];

  constructor(plan: RunPlan, records: RecordNames, history: WriteHistory) {
    this.plan = plan;
    this.records = records;
    this.history = history;
    const length = Math.ceil(plan.durationMs / SECOND_MS);
    this.seenMs = plan.regions.map(() => Array.from({ length }, () => null));
  }

  add(c: JudgedRow): void {
    const { version } = c;
    const { source, startMs, servedRegion } = c.row;
    if (c.bad || c.interrupted || source !== REPLICA || version === null) return;
    if (!this.records.isRead[c.operation]) return;
    const ofRegion = this.seenMs[servedRegion];
    const at = Math.floor(startMs / SECOND_MS);
    if (ofRegion === undefined || at >= ofRegion.length) return;
    const behindMs = this.history.behindMs(this.records.of(c), version, startMs, MEMORY_MS);
    if (behindMs !== null) ofRegion[at] = Math.max(ofRegion[at] ?? 0, behindMs);
  }

  /** One entry per region that reads from a replica. */
  finish(journal: Journal): ReplicaLag[] {
    const samples = journal.last('lag-reports')?.samples ?? [];
    return this.plan.regions.flatMap(({ id, replica }, region) => {
      if (!replica) return [];
      const mine = samples.flatMap(({ sinceT0Ms, replicas }) =>
        replicas.filter((r) => r.region === id).map((r) => ({ sinceT0Ms, ...r })),
      );
      const seenMs = this.seenMs[region]!;
      const reportedMs = seenMs.map((_, i): number | null => {
        const within = mine.filter(({ sinceT0Ms }) => Math.floor(sinceT0Ms / SECOND_MS) === i);
        return within.length === 0 ? null : Math.max(...within.map(({ lagMs }) => lagMs));
      });
      return {
        region: id,
        atMs: seenMs.map((_, i) => i * SECOND_MS),
        seenMs: seenMs.map((ms) => (ms === null ? null : round(ms))),
        reportedMs,
        alerts: mine.filter(({ alert }) => alert).map(({ sinceT0Ms }) => sinceT0Ms),
      };
    });
  }
}
