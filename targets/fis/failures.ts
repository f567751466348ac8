/** Failures on demand: failures of the real service, for tests. */
import { type ErrorCode, isErrorCode } from './errors.ts';

/**
 * `error`: the operation returns `code` and does nothing. `malformed-reply`: it is carried out, but the response is cut
 * off halfway. `lost-reply`: it is carried out, then the connection is closed. `no-options-echo`: responses lack
 * experimentOptions, as if they had not arrived. `slow-initiating`, `slow-roll-back`: takes `seconds` longer.
 * `experiment-failed`, `experiment-cancelled`: instead of running. `action-skipped`, `action-failed`: with `actionId`,
 * only that action.
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
  /** Default: all regions. */
  region?: string;
  operation?: string;
  actionId?: string;
  /** How many times; default: until it is removed. */
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

  /** Replaces all failures. Throws if one is invalid. */
  set(given: unknown): void {
    if (!Array.isArray(given)) throw new Error('expected a list of failures');
    this.list = given.map(parseFailure);
  }

  /** Pending failures. */
  get left(): Failure[] {
    return this.list;
  }

  /** Takes the first matching failure and decrements its `times`; null if there is none. */
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
  if (unknown.length > 0) throw refuse(`unknown: ${unknown.join(', ')}; known: ${KEYS.join(', ')}`);
  if (!FAILURE_KINDS.includes(failure.kind)) throw refuse(`kind must be one of ${FAILURE_KINDS.join(', ')}`);
  if (failure.kind === 'error' && !isErrorCode(failure.code)) throw refuse('an error requires an error code of FIS');
  if (failure.kind.startsWith('slow-') && !(failure.seconds! > 0)) throw refuse(`${failure.kind} requires seconds`);
  if (failure.times !== undefined && !(Number.isSafeInteger(failure.times) && failure.times > 0))
    throw refuse('times must be a whole number from 1');
  return failure;
}
