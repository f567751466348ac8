/**
 * Sessions, from which read-your-writes and monotonic reads are judged (reference/chaos-slo.md 3.3). In every region
 * one client after the other writes a record of its own, reads it, deletes it and reads it again. Spacing is fixed and
 * not random, because it is the resolution of how long a session misses its own write.
 */
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { PlanOperation, PlanPhase, PlanStream, SessionOperations } from '../formats/plan.ts';
import { declaredOperation } from './operations.ts';
import type { Scene } from './scope.ts';

/** Between two requests of a session, ms. */
const SPACING_MS = 250;

/** Reads after the write, and again after the delete: three seconds each. */
const READS = 12;

/** Requests of one session: a write with its reads, a delete with its reads. */
const ROWS = 2 * (1 + READS);

/** Rows per second that the sessions of one region send. */
export const SESSION_ROWS_PER_SECOND = 1000 / SPACING_MS;

/** One request of a session, due `dueMs` after T0. */
export interface SessionRow {
  dueMs: number;
  operation: number;
  /** The first of a session: a new record. */
  begins: boolean;
}

/** The operations of the target's session block; null without one. Usage error for a missing header or operation. */
export function sessionOperations(target: Target, operations: PlanOperation[]): SessionOperations | null {
  const { session } = target;
  if (session === null) return null;
  if (target.observe.recordVersion === '')
    throw usageError({
      where: `session of target ${target.name}`,
      what: 'responses do not name the version of a record',
      got: 'no observe.recordVersion',
      expected: '`observe: { recordVersion: <header> }`',
      next: 'Name the response header that holds the version, or remove `session:`.',
    });
  const indexOf = (name: string): number => declaredOperation(target, operations, 'session', name);
  return { write: indexOf(session.write), read: indexOf(session.read), delete: indexOf(session.delete) };
}

/** The sessions of one region, back to back from the first judged phase on, as many as fit into the run. */
export function sessionRows(phases: PlanPhase[], { write, read, delete: remove }: SessionOperations): SessionRow[] {
  const fromMs = phases.find(({ judged }) => judged)!.fromMs;
  const sessions = Math.floor((phases.at(-1)!.toMs - fromMs) / (ROWS * SPACING_MS));
  return Array.from({ length: sessions * ROWS }, (_, row) => {
    const position = row % ROWS;
    const operation = position === 0 ? write : position === ROWS / 2 ? remove : read;
    return { dueMs: fromMs + row * SPACING_MS, operation, begins: position === 0 };
  });
}

/** The streams of the sessions, with their rows counted by region and phase. */
export function sessionStreams(
  { origins, operations, phases }: Scene,
  session: SessionOperations | null,
): PlanStream[] {
  const regions = [...origins.keys()].filter((origin) => origins[origin]!.kind === 'region');
  if (session === null) return [];
  const rows = sessionRows(phases, session);
  return regions.flatMap((origin) =>
    phases.map(({ fromMs, toMs }, phase): PlanStream => {
      const due = rows.filter(({ dueMs }) => dueMs >= fromMs && dueMs < toMs);
      const requests = operations.map((_, o) => due.filter(({ operation }) => operation === o).length);
      return { role: 'session', origin, phase, requests };
    }),
  );
}
