/**
 * Read-your-writes and monotonic reads (reference/chaos-slo.md section 3.3), from client rows alone. In a session one
 * client writes, reads, deletes and reads again a record that no other client uses. Versions only grow, also with the
 * delete, so any version older than one that was acknowledged or read before is a violation.
 *
 * Violations are never overstated. Only acknowledged writes count: a write without a response may or may not have been
 * made. A 404 without a version means "never written" until a delete is sent, and is ignored afterwards. A read counts
 * from its start, a write from the end of its response.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { type JudgedRow, ROLE } from '../../row.ts';
import type { Measure } from '../measure.ts';
import { type SessionFigures, sessionsSchema } from './schema.ts';
import { sessionsSection } from './section.ts';
import { sessionLines } from './words.ts';

export const sessions: Measure<SessionFigures[]> = {
  schema: sessionsSchema,
  collect({ plan }) {
    const all = new Sessions(plan);
    return { add: (c) => all.add(c), finish: () => all.finish() };
  },
  lines: sessionLines,
  section: sessionsSection,
};

/** One request of a session and its response. */
export interface SessionStep {
  row: number;
  kind: 'write' | 'read' | 'delete';
  /** Start of the request and end of the response, ms since T0. */
  startMs: number;
  endMs: number;
  status: number;
  /** Unexpected status, or no response. */
  bad: boolean;
  /** Version of the record in the response; null for none. */
  version: number | null;
  /** For reads: whether it counts. */
  judged: boolean;
}

const GONE = 404;

/** Below every version; the first may be 0. */
const NEVER_WRITTEN = -1;

class Sessions {
  private readonly plan: RunPlan;
  private readonly fromMs: number;
  /** By record: its steps, and the region that it is written and read in. */
  private readonly records = new Map<number, { region: number; steps: SessionStep[] }>();

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.fromMs = plan.phases.find(({ judged }) => judged)?.fromMs ?? 0;
  }

  add(c: JudgedRow): void {
    const operations = this.plan.session;
    if (c.role !== ROLE.session || c.interrupted || operations === null) return;
    const { row, startMs, resolveUs, totalUs, status } = c.row;
    const record = this.records.get(c.key) ?? { region: c.home, steps: [] };
    this.records.set(c.key, record);
    record.steps.push({
      row,
      kind: c.operation === operations.read ? 'read' : c.operation === operations.delete ? 'delete' : 'write',
      startMs,
      endMs: startMs + (resolveUs + totalUs) / 1000,
      status,
      bad: c.bad,
      version: c.version,
      judged: c.dueMs >= this.fromMs,
    });
  }

  /** Figures of every region; empty for a run without sessions. */
  finish(): SessionFigures[] {
    if (this.records.size === 0) return [];
    const limitMs = this.plan.claims.find(({ kind }) => kind === 'read-your-writes')?.limitMs ?? null;
    const figures = this.plan.regions.map(({ id }) => noFigures(id));
    for (const { region, steps } of this.records.values()) countSession(steps, limitMs, figures[region]!);
    return figures;
  }
}

export const noFigures = (region: string): SessionFigures => ({
  region,
  sessions: 0,
  reads: 0,
  missedOwnWrites: 0,
  longestMissMs: 0,
  lateReads: 0,
  lateMissed: 0,
  nonMonotonicReads: 0,
});

/** Adds one session to the figures of its region. A read later than `limitMs` after a write is late; null: no limit. */
export function countSession(steps: SessionStep[], limitMs: number | null, into: SessionFigures): void {
  into.sessions += 1;
  const acknowledged: { version: number; ackMs: number }[] = [];
  let seen = NEVER_WRITTEN;
  let isDeleteSent = false;
  for (const step of steps.toSorted((a, b) => a.startMs - b.startMs || a.row - b.row)) {
    if (step.kind !== 'read') {
      isDeleteSent ||= step.kind === 'delete';
      if (!step.bad && step.version !== null) acknowledged.push({ version: step.version, ackMs: step.endMs });
      continue;
    }
    const shown = versionShown(step, isDeleteSent);
    if (shown === null) continue;
    const own = acknowledged.filter(({ ackMs }) => ackMs <= step.startMs);
    const ageMs = (writes: typeof own): number => Math.max(0, ...writes.map(({ ackMs }) => step.startMs - ackMs));
    const missedMs = ageMs(own.filter(({ version }) => version > shown));
    const isMissed = own.some(({ version }) => version > shown);
    const isOlder = shown < seen;
    seen = Math.max(seen, shown);
    if (!step.judged) continue;
    into.reads += 1;
    if (isOlder) into.nonMonotonicReads += 1;
    if (isMissed) into.missedOwnWrites += 1;
    into.longestMissMs = Math.max(into.longestMissMs, missedMs);
    if (limitMs === null || ageMs(own) <= limitMs) continue;
    into.lateReads += 1;
    if (missedMs > limitMs) into.lateMissed += 1;
  }
}

/** The version that a read showed; NEVER_WRITTEN for a record that did not exist yet; null if unknown. */
function versionShown({ status, bad, version }: SessionStep, isDeleteSent: boolean): number | null {
  if (bad && status !== GONE) return null;
  if (version !== null) return version;
  return status === GONE && !isDeleteSent ? NEVER_WRITTEN : null;
}

/** The figures of the region; all zero if it had no session. */
export const sessionsOf = (
  { plan, subject }: { plan: RunPlan; subject: number },
  all: SessionFigures[],
): SessionFigures => {
  const { id } = plan.regions[subject]!;
  return all.find((one) => one.region === id) ?? noFigures(id);
};
