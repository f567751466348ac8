/** The timetable: which client sends which request when. Pure: the same plan and profile give the same bytes. */
import { ROLES } from '../../claims/roles.ts';
import type { Profile } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { PlanStream, RunPlan } from '../formats/plan.ts';
import {
  CLIENT_ROLES,
  type ClientRole,
  COHORTS,
  ROW_FLAG,
  TIMETABLE_ROW_BYTES,
  TIMETABLE_ROW_WORDS,
  type TimetableIndex,
} from '../formats/timetable.ts';
import { cartKeys, CartTurns } from './cart-keys.ts';
import { ClientPool } from './client-pool.ts';
import { cityIntensities } from './geography.ts';
import { hangMs, hangWindow } from './hang-window.ts';
import { generatorMemoryBytes } from './memory.ts';
import { tracerOperations } from './operations.ts';
import { Random } from './random.ts';
import { streamRows } from './scope.ts';
import { spread } from './spread.ts';
import { TenantDraw } from './tenants.ts';
import { VisitMaker, type Visits } from './visits.ts';
import { Weighted, zipfWeights } from './weighted.ts';

/** Memory of one k6 virtual user [M], bytes, without its rows. */
const CLIENT_BYTES = 400_000;

/** Memory of a row while it is compiled: its 16 bytes and the columns it is built from. */
const COMPILE_BYTES_PER_ROW = 40;

/** Session numbers have 24 bits. */
const MAX_VISITS = 2 ** 24;

/** Records for measuring staleness, in a key range of their own; few, so that each is written often. */
const TRACER_FIRST_KEY = 100_000;
const TRACER_KEYS = 2;

/** Every session has a record of its own from this key on. */
const SESSION_FIRST_KEY = 1_000_000;

/** A client rests this long after a visit, so that one slow response does not delay the next user. */
const REST_MS = 500;

export interface Timetable {
  /** timetable.bin */
  bin: Uint8Array;
  index: TimetableIndex;
}

/**
 * Compiles the rows of a plan. Visits arrive as the profile defines and get the most recently used free client of their
 * origin and cohort; every phase, origin and operation has exactly the rows of the plan's streams.
 *
 * @param memoryBytes memory for timetable and k6's clients together; usage error for a plan that needs more.
 */
export function compileTimetable(plan: RunPlan, profile: Profile, memoryBytes = generatorMemoryBytes()): Timetable {
  const totalRows = plan.streams.reduce((sum, stream) => sum + streamRows(stream), 0);
  checkMemory(memoryBytes, plan, totalRows * COMPILE_BYTES_PER_ROW, `${totalRows} requests`);
  checkSessionCount(plan, profile);
  const words = new Uint32Array(totalRows * TIMETABLE_ROW_WORDS);
  const clients: TimetableIndex['clients'] = { firstRow: [], rows: [], origin: [], cohort: [], role: [] };
  const writer = new RowWriter(plan, profile, words);
  const intensities = cityIntensities(profile);
  let rowsBefore = 0;
  for (const streams of byRoleAndOrigin(plan)) {
    const { role, origin } = streams[0]!;
    const purpose = `${role}/${plan.origins[origin]!.id}`;
    const { visits, estimatedBusyMs } = new VisitMaker({
      plan,
      profile,
      streams,
      intensity: intensities[origin] ?? (() => 1),
      random: new Random(plan.seed, `visits/${purpose}`),
    });
    const order = byStart(visits);
    const firstClient = clients.rows.length;
    const hang = hangWindow(plan, plan.origins[origin]!);
    // Within a fault a request is estimated to last until its timeout, except those of the tracer's single writer,
    // which must stay one client.
    const writes = role === 'tracer' ? tracerOperations(plan.operations)?.write : null;
    const busyMs = (dueMs: number, cohort: number, operation: number): number =>
      hang && operation !== writes && dueMs >= hang.fromMs && dueMs < hang.toMs
        ? hangMs(plan, operation)
        : estimatedBusyMs[cohort]![operation]!;
    const clientOf = assignClients(visits, order, busyMs, role, (cohort) => {
      clients.rows.push(0);
      clients.origin.push(origin);
      clients.cohort.push(cohort);
      clients.role.push(CLIENT_ROLES.indexOf(role));
      const needed = clients.rows.length * CLIENT_BYTES + totalRows * TIMETABLE_ROW_BYTES;
      checkMemory(memoryBytes, plan, needed, `more than ${clients.rows.length - 1} clients`);
      return clients.rows.length - 1;
    });
    for (let visit = 0; visit < visits.count; visit += 1) clients.rows[clientOf[visit]!]! += lengthOf(visits, visit);
    const nextRow: number[] = [];
    for (let client = firstClient; client < clients.rows.length; client += 1) {
      clients.firstRow.push(rowsBefore);
      nextRow.push(rowsBefore);
      rowsBefore += clients.rows[client]!;
    }
    writer.write(visits, order, streams[0]!, purpose, (visit) => {
      const client = clientOf[visit]! - firstClient;
      const row = nextRow[client]!;
      nextRow[client] = row + lengthOf(visits, visit);
      return row;
    });
  }
  spread(words, plan);
  return { bin: new Uint8Array(words.buffer), index: { version: 1, totalRows, clients } };
}

/** Streams grouped by role and origin, in that order. */
function byRoleAndOrigin(plan: RunPlan): PlanStream[][] {
  return CLIENT_ROLES.flatMap((role) =>
    plan.origins
      .map((_, origin) => plan.streams.filter((s) => s.role === role && s.origin === origin && streamRows(s) > 0))
      .filter((streams) => streams.length > 0),
  );
}

const endOf = (visits: Visits, visit: number): number =>
  visit + 1 < visits.count ? visits.firstRow[visit + 1]! : visits.dueMs.length;

const lengthOf = (visits: Visits, visit: number): number => endOf(visits, visit) - visits.firstRow[visit]!;

/** Visits by start; visits of the same millisecond keep their order. */
function byStart(visits: Visits): Uint32Array {
  // One number per visit, time first: sorting numbers is several times faster than sorting with a comparator.
  const keys = new Float64Array(visits.count);
  for (let visit = 0; visit < visits.count; visit += 1) {
    keys[visit] = visits.dueMs[visits.firstRow[visit]!]! * MAX_VISITS + visit;
  }
  keys.sort();
  return Uint32Array.from(keys, (key) => key % MAX_VISITS);
}

/** The client of each visit; `make` makes a new client of a cohort. */
function assignClients(
  visits: Visits,
  order: Uint32Array,
  busyMs: (dueMs: number, cohort: number, operation: number) => number,
  role: ClientRole,
  make: (cohort: number) => number,
): Uint32Array {
  const restMs = ROLES[role].isInTurn ? 0 : REST_MS;
  const pools = COHORTS.map((_, cohort) => new ClientPool(() => make(cohort)));
  const clientOf = new Uint32Array(visits.count);
  for (const visit of order) {
    const last = endOf(visits, visit) - 1;
    const cohort = visits.cohort[visit]!;
    const pool = pools[cohort]!;
    const client = pool.take(visits.dueMs[visits.firstRow[visit]!]!);
    const dueMs = visits.dueMs[last]!;
    pool.busyUntil(client, Math.ceil(dueMs + busyMs(dueMs, cohort, visits.operation[last]!) + restMs));
    clientOf[visit] = client;
  }
  return clientOf;
}

/** Writes rows into the block of their client, and draws a tenant per visit and a key per row (from 0 on). */
class RowWriter {
  private sessions = 0;
  /** Key of the current session. */
  private sessionKey: number;
  private readonly plan: RunPlan;
  private readonly words: Uint32Array;
  private readonly tenants: TenantDraw;
  private readonly keys: Weighted;
  private readonly tracerKey: number;
  private readonly carts: number[];
  private readonly tracer: { write: number; read: number } | null;

  constructor(plan: RunPlan, profile: Profile, words: Uint32Array) {
    this.plan = plan;
    this.words = words;
    this.tenants = new TenantDraw(plan);
    this.keys = new Weighted(zipfWeights(profile.keys.count, profile.keys.zipfExponent));
    this.tracerKey = Math.max(TRACER_FIRST_KEY, profile.keys.count);
    this.sessionKey = Math.max(SESSION_FIRST_KEY, this.tracerKey + TRACER_KEYS) - 1;
    this.tracer = tracerOperations(plan.operations);
    this.carts = cartKeys(profile);
  }

  write(
    visits: Visits,
    order: Uint32Array,
    { role, origin }: Pick<PlanStream, 'role' | 'origin'>,
    purpose: string,
    place: (visit: number) => number,
  ): void {
    const { words } = this;
    const { homeRegion } = this.plan.origins[origin]!;
    const random = new Random(this.plan.seed, `content/${purpose}`);
    let writes = 0;
    const carts = new CartTurns(this.carts, this.plan, random);
    for (const visit of order) {
      const tenant = this.tenants.draw(random, homeRegion);
      const session = this.sessions++;
      let at = place(visit) * TIMETABLE_ROW_WORDS;
      const [from, to] = [visits.firstRow[visit]!, endOf(visits, visit)];
      for (let row = from; row < to; row += 1) {
        const operation = visits.operation[row]!;
        let key = this.keys.draw(random);
        const { keys } = ROLES[role];
        if (keys === 'tracer') {
          const turn = operation === this.tracer?.write ? writes++ % TRACER_KEYS : random.below(TRACER_KEYS);
          key = this.tracerKey + turn;
        }
        if (keys === 'session') {
          if (operation === this.plan.session!.write) this.sessionKey += 1;
          key = this.sessionKey;
        }
        if (keys === 'cart') key = carts.next(visits.dueMs[row]!);
        words[at] = visits.dueMs[row]!;
        words[at + 1] = operation | (tenant << 16);
        words[at + 2] = key;
        words[at + 3] = session | ((row === from ? ROW_FLAG.sessionStart : 0) << 24);
        at += TIMETABLE_ROW_WORDS;
      }
    }
  }
}

/** Session numbers must not run out. Ends of phases add at most one visit per client, which is within the margin. */
function checkSessionCount(plan: RunPlan, profile: Profile): void {
  const extras = plan.rows - plan.mixRows;
  const sessions = (plan.mixRows / Math.max(1, profile.session.meanRequests)) * 1.1 + extras;
  if (sessions < MAX_VISITS) return;
  throw usageError({
    what: 'the timetable has too many sessions',
    got: `about ${Math.round(sessions)}`,
    expected: `at most ${MAX_VISITS}`,
    next: 'Lower --duration or --rate.',
  });
}

function checkMemory(memoryBytes: number, plan: RunPlan, needed: number, got: string): void {
  if (needed <= memoryBytes) return;
  throw usageError({
    what: 'the plan needs more memory than is available',
    got: `${got}, ${Math.ceil(needed / 1e6)} MB`,
    expected: `at most ${Math.floor(memoryBytes / 1e6)} MB`,
    next: `Lower --rate (now ${plan.ratePerSecond} per second), --duration (${plan.durationMs / 1000} s) or the session and think times of profile ${plan.profile.name}.`,
  });
}
