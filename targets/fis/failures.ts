/** Failures on demand: what a client of the real service meets one day, to be met here at once. */
import { type ErrorCode, isErrorCode } from './errors.ts';

/**
 * `error`: the operation answers `code` and does nothing. `malformed-reply`: it does its work, and half a JSON comes
 * back. `lost-reply`: it does its work, and the connection is cut. `no-options-echo`: replies have no
 * experimentOptions, as if they had not arrived. `slow-initiating`, `slow-roll-back`: it takes so many `seconds` more.
 * `experiment-failed`, `experiment-cancelled`: instead of running. `action-skipped`, `action-failed`: with `actionId`,
 * that one alone.
 */
export const FAILURE_KINDS = [
  'error',
  'malformed-reply',
  'lost-reply',
  'no-options-echo',
  'slow-initiating',
  'slow-roll-back',
  'experiment-failed',
  'experiment-cancelled',
  'action-skipped',
  'action-failed',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface Failure {
  kind: FailureKind;
  /** Where; everywhere if absent. */
  region?: string;
  operation?: string;
  actionId?: string;
  /** How often; until it is taken back if absent. */
  times?: number;
  code?: ErrorCode;
  message?: string;
  seconds?: number;
}

interface Where {
  region: string;
  operation?: string;
  actionId?: string;
}

export class Failures {
  private list: Failure[] = [];

  /** Replaces all of them. Throws a sentence if one is none. */
  set(given: unknown): void {
    if (!Array.isArray(given)) throw new Error('expected a list of failures');
    this.list = given.map(parseFailure);
  }

  /** Those that are still to come. */
  get left(): Failure[] {
    return this.list;
  }

  /** The first failure of this kind that is due here, and one time less of it; null if there is none. */
  take(kind: FailureKind, where: Where): Failure | null {
    const due = this.list.find(
      (one) =>
        one.kind === kind &&
        (one.region ?? where.region) === where.region &&
        (one.operation ?? where.operation) === where.operation &&
        (one.actionId ?? where.actionId) === where.actionId,
    );
    if (!due) return null;
    if (due.times !== undefined && --due.times === 0) this.list = this.list.filter((one) => one !== due);
    return due;
  }
}

const KEYS = ['kind', 'region', 'operation', 'actionId', 'times', 'code', 'message', 'seconds'];

function parseFailure(given: unknown): Failure {
  const failure = { ...(given as Failure) };
  const refuse = (what: string): Error => new Error(`${what}, in ${JSON.stringify(given)}`);
  const unknown = Object.keys(failure).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw refuse(`unknown: ${unknown.join(', ')}; there is ${KEYS.join(', ')}`);
  if (!FAILURE_KINDS.includes(failure.kind)) throw refuse(`kind must be one of ${FAILURE_KINDS.join(', ')}`);
  if (failure.kind === 'error' && !isErrorCode(failure.code)) throw refuse('an error wants a code that FIS has');
  if (failure.kind.startsWith('slow-') && !(failure.seconds! > 0)) throw refuse(`${failure.kind} wants seconds`);
  if (failure.times !== undefined && !(Number.isSafeInteger(failure.times) && failure.times > 0))
    throw refuse('times must be a whole number from 1');
  return failure;
}
