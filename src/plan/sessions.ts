/**
 * Sessions: what read-your-writes and monotonic reads are judged by (reference/chaos-slo.md 3.3). In every region one
 * client after the other writes a record that nobody else knows, reads it, deletes it and reads it again. The rhythm is
 * fixed and not drawn: how long a session fails to see its own write can be told no finer than its reads are spaced.
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

/** The target's session block as indices; null without one. Usage error for what it lacks. */
export function sessionOperations(target: Target, operations: PlanOperation[]): SessionOperations | null {
  const { session } = target;
  if (session === null) return null;
  if (target.observe.recordVersion === '')
    throw usageError({
      where: `session of target ${target.name}`,
      what: 'nothing says which version of a record an answer speaks of',
      got: 'no observe.recordVersion',
      expected: '`observe: { recordVersion: <header> }`',
      next: 'Name the response header that says it, or remove `session:`.',
    });
  const indexOf = (name: string): number => declaredOperation(target, operations, 'session', name);
  return { write: indexOf(session.write), read: indexOf(session.read), delete: indexOf(session.delete) };
}

/**
 * The sessions of one region, one after the other from the first judged phase on, as many as end before the run does.
 */
export function sessionRows(phases: PlanPhase[], { write, read, delete: remove }: SessionOperations): SessionRow[] {
  const fromMs = phases.find(({ judged }) => judged)!.fromMs;
  const sessions = Math.floor((phases.at(-1)!.toMs - fromMs) / (ROWS * SPACING_MS));
  return Array.from({ length: sessions * ROWS }, (_, row) => {
    const place = row % ROWS;
    const operation = place === 0 ? write : place === ROWS / 2 ? remove : read;
    return { dueMs: fromMs + row * SPACING_MS, operation, begins: place === 0 };
  });
}

/** Their streams: the rows of every region and phase, counted. */
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
