/**
 * Versions of records over time, from client rows alone. If a newer version of the record had been acknowledged before
 * a read started, the read is behind by the time between the two. This never overstates the lag: the acknowledgement
 * arrives after the commit, and the version is read after the read started.
 */
import type { PlanOperation, RunPlan } from '../../src/formats/plan.ts';
import { type JudgedRow, ROLE } from '../row.ts';

/** Acknowledged writes, collected in a first pass. */
export class AcknowledgedWrites {
  private readonly records: RecordNames;
  private record = new Float64Array(1024);
  private version = new Float64Array(1024);
  private ackMs = new Float64Array(1024);
  private count = 0;

  constructor(records: RecordNames) {
    this.records = records;
  }

  /** Takes acknowledged writes of records that are also read; ignores other rows. */
  add(c: JudgedRow): void {
    if (!this.records.isWrite[c.operation] || c.bad || c.interrupted || c.version === null) return;
    if (c.role === ROLE.control) return;
    if (this.count === this.record.length) this.grow();
    const at = this.count++;
    this.record[at] = this.records.of(c);
    this.version[at] = c.version;
    this.ackMs[at] = c.row.startMs + (c.row.resolveUs + c.row.totalUs) / 1000;
  }

  /** Sorts the writes for lookup. */
  history(): WriteHistory {
    const order = (compare: (a: number, b: number) => number): Uint32Array =>
      Uint32Array.from({ length: this.count }, (_, i) => i).sort(
        (a, b) => this.record[a]! - this.record[b]! || compare(a, b),
      );
    const byVersion = order((a, b) => this.version[a]! - this.version[b]!);
    const byAck = order((a, b) => this.ackMs[a]! - this.ackMs[b]!);
    const n = this.count;
    const record = Float64Array.from({ length: n }, (_, i) => this.record[byVersion[i]!]!);
    const version = Float64Array.from({ length: n }, (_, i) => this.version[byVersion[i]!]!);
    const ackMs = Float64Array.from({ length: n }, (_, i) => this.ackMs[byAck[i]!]!);
    const firstAckFrom = new Float64Array(n);
    for (let i = n - 1; i >= 0; i--) {
      const own = this.ackMs[byVersion[i]!]!;
      firstAckFrom[i] = record[i + 1] === record[i] ? Math.min(own, firstAckFrom[i + 1]!) : own;
    }
    return new WriteHistory(record, version, ackMs, firstAckFrom);
  }

  private grow(): void {
    const room = this.record.length * 2;
    const [record, version, ackMs] = [new Float64Array(room), new Float64Array(room), new Float64Array(room)];
    record.set(this.record);
    version.set(this.version);
    ackMs.set(this.ackMs);
    [this.record, this.version, this.ackMs] = [record, version, ackMs];
  }
}

/** The writes of each record: by version, with the earliest acknowledgement of it or a later one, and by time. */
export class WriteHistory {
  private readonly record: Float64Array;
  private readonly version: Float64Array;
  private readonly ackMs: Float64Array;
  private readonly firstAckFrom: Float64Array;

  constructor(record: Float64Array, version: Float64Array, ackMs: Float64Array, firstAckFrom: Float64Array) {
    this.record = record;
    this.version = version;
    this.ackMs = ackMs;
    this.firstAckFrom = firstAckFrom;
  }

  /**
   * How far behind a read of `record` was that started at `startMs` and showed `version`, ms; 0 if up to date. Null if
   * it is not behind and no write of the record was acknowledged within `memoryMs` before it.
   */
  behindMs(record: number, version: number, startMs: number, memoryMs: number): number | null {
    const from = search(this.record.length, (i) => this.record[i]! >= record);
    const to = search(this.record.length, (i) => this.record[i]! > record);
    const newer = from + search(to - from, (i) => this.version[from + i]! > version);
    const behind = newer < to ? Math.max(0, startMs - this.firstAckFrom[newer]!) : 0;
    const later = from + search(to - from, (i) => this.ackMs[from + i]! > startMs);
    const recent = later > from && startMs - this.ackMs[later - 1]! <= memoryMs;
    return recent || behind > 0 ? behind : null;
  }
}

/** Binary search: first index below n for which `holds` is true; n if none. `holds` must not go back to false. */
function search(n: number, holds: (i: number) => boolean): number {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const isSafe = ({ method }: PlanOperation): boolean => method === 'GET' || method === 'HEAD';

/** Whether an operation is a single request on a record that `operations` both read and write. */
const isOfRecord = ({ kind, path }: PlanOperation, operations: readonly PlanOperation[]): boolean =>
  kind === 'request' &&
  [true, false].every((safe) => operations.some((o) => o.path === path && o.kind === 'request' && isSafe(o) === safe));

/** Whether an operation reads a record that is also written. */
export const isReadOfRecord = (operation: PlanOperation, operations: readonly PlanOperation[]): boolean =>
  isSafe(operation) && isOfRecord(operation, operations);

/** Identifies records: operations with the same path template and the same key (and tenant) address the same record. */
export class RecordNames {
  readonly isWrite: boolean[];
  readonly isRead: boolean[];
  private readonly group: number[];
  private readonly byTenant: boolean[];
  private readonly tenants: number;

  constructor({ operations, tenants }: Pick<RunPlan, 'operations' | 'tenants'>) {
    const paths = [...new Set(operations.map((o) => o.path))];
    this.isWrite = operations.map((o) => !isSafe(o) && isOfRecord(o, operations));
    this.isRead = operations.map((o) => isReadOfRecord(o, operations));
    this.group = operations.map((o) => paths.indexOf(o.path));
    this.byTenant = operations.map((o) => o.path.includes('{tenant}'));
    this.tenants = Math.max(1, tenants.length);
  }

  /** Number of the record that the row addresses. */
  of(c: JudgedRow): number {
    const tenant = this.byTenant[c.operation] ? c.tenant : 0;
    return c.key + 2 ** 32 * (tenant + this.tenants * this.group[c.operation]!);
  }
}
