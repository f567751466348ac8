/** What the routes of a region's API share: where its data is, what every answer says, and what a request may be. */
import type { FastifyReply } from 'fastify';
import type { Cache } from '../kit/programs/cache.ts';
import type { ShopDatabase, Write } from './stores.ts';

/** Where the data is, as of now: a promotion changes all but the cache. */
export interface Stores {
  epoch: number;
  /** What `local` is. */
  role: 'primary' | 'replica';
  /** For reads, and for writes. One and the same in the primary's region, and in one whose own database is fenced. */
  local: ShopDatabase;
  primary: ShopDatabase;
  cache: Cache;
}

/** How routes write: in the name of the epoch that the region believes in. */
export interface Writing {
  write: <T extends object>(name: Write, values: unknown[]) => Promise<T>;
  /** Planted: whether this write is acknowledged and not made. */
  isLost: () => boolean;
}

export type Keyed = { Params: { key: string } };

export const TEXT = { type: 'string', maxLength: 10_000 } as const;

/** A body of exactly these properties, all of them required. */
export const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

export const notFound = (reply: FastifyReply): FastifyReply => reply.code(404).send({ error: 'no such product' });

/** A key as PostgreSQL's integer, or null. */
export function wholeNumber(text: string): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value < 2 ** 31 ? value : null;
}
