/**
 * Where a read goes. The nearest copy of the data is the region's replica while it is fresh, else the primary. A user
 * who has just written reads from the primary. While the primary is down, the replica serves all reads, also those of
 * other regions.
 */
import { setTimeout } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { QueryResultRow } from 'pg';
import { evenly } from '../kit/defects.ts';
import { repeat } from '../kit/health-check.ts';
import type { Heartbeat } from '../kit/programs/lag-route.ts';
import { Breaker, Unavailable } from './breaker.ts';
import type { BrainDatabase, Statement } from './databases.ts';
import type { Defect } from './defects.ts';
import { PRIMARY } from './topology.ts';

/** A replica further behind is taken out of the reads, ms, and returns when it has been closer for `BACK_MS`. */
const LAG_BOUND_MS = 1_000;
const BACK_MS = 1_000;
const CHECK_EVERY_MS = 100;
/** How long a user reads from the primary after a write. Longer than a replica may lag before it is taken out. */
const PIN_MS = 3_000;

/** The defect `writes-need-replica`. */
const waitForReplica = () => setTimeout(400);

/** The defect `slow-replica`. */
const SLOW_REPLICA_MS = 70;

/** In it clients name the region whose data they want to read. */
export const HINT_HEADER = 'x-region-hint';

const PIN = /(?:^|;\s*)pin=(\d{1,16})/;

export interface Databases {
  primary: BrainDatabase;
  /** Null in regions without one. */
  replica: BrainDatabase | null;
}

export interface Found<T> {
  rows: T[];
  source: 'primary' | 'replica';
}

export class ReadPath {
  readonly databases: Databases;
  private readonly defect: Defect;
  private readonly primary: Breaker;
  private isFresh = true;
  private closeSinceMs = 0;
  private readonly isMislabelled: () => boolean;

  constructor(databases: Databases, defect: Defect) {
    this.databases = databases;
    this.defect = defect;
    this.isMislabelled = defect === 'mislabelled-source' ? evenly(1 / 3) : () => false;
    this.primary = new Breaker('the primary', () => databases.primary.query('heartbeat'));
    if (databases.replica !== null) repeat(CHECK_EVERY_MS, () => this.checkLag(databases.replica!));
  }

  /** One statement on the primary: writes, and reads that must be strongly consistent. */
  async strong<T extends QueryResultRow>(name: Statement, values: unknown[]): Promise<T[]> {
    if (this.defect === 'writes-need-replica') await this.databases.replica?.query('heartbeat').catch(waitForReplica);
    const query = this.primary.run(() => this.databases.primary.query<T>(name, values));
    return this.defect === 'slow-refusal' ? refusedLate(query) : query;
  }

  /** A read from the nearest copy. Throws `Unavailable` if no copy can be reached from this region. */
  async near<T extends QueryResultRow>(request: FastifyRequest, name: Statement, values: unknown[]): Promise<Found<T>> {
    const { replica } = this.databases;
    const isForced = request.headers['x-read-from'] === 'primary' || request.headers[HINT_HEADER] === PRIMARY;
    if (replica !== null && this.isFresh && !isForced && !isPinned(request)) {
      try {
        if (this.defect === 'slow-replica') await setTimeout(SLOW_REPLICA_MS);
        const rows = await replica.query<T>(name, values);
        return { rows, source: this.isMislabelled() ? 'primary' : 'replica' };
      } catch (error) {
        if (this.defect === 'no-fallback') throw error;
        this.takeOut();
      }
    }
    try {
      return { rows: await this.strong<T>(name, values), source: 'primary' };
    } catch (error) {
      if (!(error instanceof Unavailable) || replica === null) throw error;
      return { rows: await replica.query<T>(name, values), source: 'replica' };
    }
  }

  /** Lets the client of this write read from the primary for a while. */
  pin(reply: FastifyReply): void {
    if (this.defect === 'no-pin') return;
    reply.header('Set-Cookie', `pin=${Date.now() + PIN_MS}; Path=/; Max-Age=${PIN_MS / 1000}`);
  }

  private async checkLag(replica: BrainDatabase): Promise<void> {
    const nowMs = performance.now();
    const ageMs = await replica.query<Heartbeat>('heartbeat').then(
      ([row]) => row!.ageMs,
      () => Infinity,
    );
    const isIgnored = this.defect === 'no-fallback' || this.defect === 'lag-ignored';
    if (ageMs > LAG_BOUND_MS && !isIgnored) return this.takeOut();
    this.closeSinceMs = Math.min(this.closeSinceMs, nowMs);
    if (nowMs - this.closeSinceMs >= BACK_MS && this.defect !== 'replica-stays-out') this.isFresh = true;
  }

  private takeOut(): void {
    this.isFresh = false;
    this.closeSinceMs = Infinity;
  }
}

/** Whether this client has written a moment ago, by its cookie. */
export const isPinned = ({ headers }: FastifyRequest): boolean =>
  Number(PIN.exec(headers.cookie ?? '')?.[1] ?? 0) > Date.now();

/** The defect `slow-refusal`: a failure is reported four seconds later. */
const refusedLate = <T>(query: Promise<T>): Promise<T> =>
  query.catch(async (error: unknown) => {
    await setTimeout(4_000);
    throw error;
  });
