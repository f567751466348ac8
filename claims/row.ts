/** A recorded request as claims see it: its row in the recording, joined with plan and timetable. */
import type { PlanPhase } from '../src/formats/plan.ts';
import type { RecordedRow } from '../src/formats/recording.ts';
import { CLIENT_ROLES } from '../src/formats/timetable.ts';
import { ROLES } from './roles.ts';

/**
 * Time blocks over the judged pieces of each phase, for the design effect; >= 100 as reference/chaos-slo.md section 4.4
 * asks.
 */
export const BLOCKS = 120;

export const ROLE = {
  mix: CLIENT_ROLES.indexOf('mix'),
  probe: CLIENT_ROLES.indexOf('probe'),
  topup: CLIENT_ROLES.indexOf('topup'),
  tracer: CLIENT_ROLES.indexOf('tracer'),
  control: CLIENT_ROLES.indexOf('control'),
  clock: CLIENT_ROLES.indexOf('clock'),
  ledger: CLIENT_ROLES.indexOf('ledger'),
  session: CLIENT_ROLES.indexOf('session'),
  cart: CLIENT_ROLES.indexOf('cart'),
} as const;

/** Names of phases; a row holds the index. */
export const PHASES = ['warm-up', 'baseline', 'fault', 'recovery'] as const satisfies PlanPhase['name'][];
export const BASELINE = PHASES.indexOf('baseline');

const IS_USER: readonly boolean[] = CLIENT_ROLES.map((role) => ROLES[role].isUser);

/** Users in cities, not probes, tracers, the control series or the failover clock. */
export const isUser = (role: number): boolean => IS_USER[role]!;

/** One object is reused for all rows: copy the values you need, never keep the object. */
export interface JudgedRow {
  readonly row: Readonly<RecordedRow>;
  readonly client: number;
  readonly origin: number;
  /** Home region of the origin. */
  readonly home: number;
  readonly role: number;
  readonly cohort: number;
  /** Operation of the timetable row, and of this request. They differ in journeys. */
  readonly planned: number;
  readonly operation: number;
  readonly tenant: number;
  readonly key: number;
  readonly dueMs: number;
  /** Due in a judged phase, and not cut off by the end of the run. */
  readonly judged: boolean;
  /** The phase that a judged row belongs to, by due time: index into PHASES; -1 for rows that are not judged. */
  readonly phase: number;
  /** Time block of a judged row within its phase, 0 … BLOCKS - 1. */
  readonly block: number;
  readonly latencyUs: number;
  /** Natural logarithm of latencyUs: histograms all need it. */
  readonly lnUs: number;
  readonly bad: boolean;
  /** Version of the record in the response; null for none. */
  readonly version: number | null;
  readonly interrupted: boolean;
  /** First step and first attempt: the row that conservation counts. */
  readonly first: boolean;
}
