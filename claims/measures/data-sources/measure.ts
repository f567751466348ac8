/** Where the data of reads came from, per second, and whether reads that named the primary had its data. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { SOURCES } from '../../../src/formats/recording.ts';
import type { JudgedRow } from '../../row.ts';
import type { Measure } from '../measure.ts';
import type { RecordNames, WriteHistory } from '../versions.ts';
import { sourcesOverTime } from './over-time.ts';
import { type DataSources, dataSourcesSchema } from './schema.ts';

export const dataSources: Measure<DataSources[]> = {
  schema: dataSourcesSchema,
  collect({ plan, records }) {
    const reads = new Reads(plan, records);
    return {
      add: (c) => reads.add(c),
      again: (history) => (reads.areNamed ? (c) => reads.check(c, history) : null),
      finish: () => reads.finish(),
    };
  },
  overTime: sourcesOverTime,
};

const UNKNOWN = SOURCES.indexOf('unknown');
const NONE = SOURCES.indexOf('none');
const PRIMARY = SOURCES.indexOf('primary');
const SECOND_MS = 1000;
/** A write is recent for this time. Older ones have reached every copy of the data, which would hide a wrong name. */
const RECENT_MS = 10_000;
/** Times in the recording are exact to 1 ms; so little may be an error of rounding. */
const EXACT_MS = 5;

class Reads {
  /** Whether any response named a source. */
  areNamed = false;
  private readonly plan: RunPlan;
  private readonly records: RecordNames;
  private readonly isRead: readonly boolean[];
  private readonly seconds: number;
  /** By region and source: reads per second. */
  private readonly counts: Uint32Array[][];
  private readonly fromPrimary: number[];
  private readonly behind: number[];

  constructor(plan: RunPlan, records: RecordNames) {
    this.plan = plan;
    this.records = records;
    this.isRead = plan.operations.map((operation) => operation.class === 'read');
    this.seconds = Math.ceil(plan.durationMs / SECOND_MS);
    this.counts = plan.regions.map(() => SOURCES.map(() => new Uint32Array(this.seconds)));
    this.fromPrimary = plan.regions.map(() => 0);
    this.behind = plan.regions.map(() => 0);
  }

  add(c: JudgedRow): void {
    const { source, startMs, servedRegion } = c.row;
    if (c.bad || c.interrupted || source === UNKNOWN || source === NONE || !this.isRead[c.operation]) return;
    const at = Math.floor(startMs / SECOND_MS);
    const counts = this.counts[servedRegion]?.[source];
    if (counts === undefined || at >= this.seconds) return;
    counts[at]! += 1;
    this.areNamed = true;
  }

  check(c: JudgedRow, history: WriteHistory): void {
    const { source, startMs, servedRegion } = c.row;
    if (c.bad || c.interrupted || source !== PRIMARY || c.version === null) return;
    if (!this.records.isRead[c.operation] || this.fromPrimary[servedRegion] === undefined) return;
    const behindMs = history.behindMs(this.records.of(c), c.version, startMs, RECENT_MS);
    if (behindMs === null) return;
    this.fromPrimary[servedRegion] += 1;
    if (behindMs > EXACT_MS) this.behind[servedRegion]! += 1;
  }

  finish(): DataSources[] {
    if (!this.areNamed) return [];
    const atMs = Array.from({ length: this.seconds }, (_, i) => i * SECOND_MS);
    return this.plan.regions.map(({ id }, region) => ({
      region: id,
      atMs,
      reads: Object.fromEntries(
        SOURCES.flatMap((source, s) => {
          const counts = this.counts[region]![s]!;
          return counts.some((n) => n > 0) ? [[source, [...counts]]] : [];
        }),
      ),
      fromPrimary: this.fromPrimary[region]!,
      behind: this.behind[region]!,
    }));
  }
}
