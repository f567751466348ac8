/** Shared by the routes of a region's API: its stores, its schemas, its 404. */
import type { FastifyReply } from 'fastify';
import type { Cache } from '../kit/programs/cache.ts';
import type { ShopDatabase, Write } from './stores.ts';

/** The current stores. A promotion changes all but the cache. */
export interface Stores {
  epoch: number;
  /** Role of `local`. */
  role: 'primary' | 'replica';
  /** For reads, and for writes. The same in the primary's region, and in a region whose own database is fenced. */
  local: ShopDatabase;
  primary: ShopDatabase;
  cache: Cache;
}

/** How routes write: in the region's current epoch. */
export interface Writing {
  write: <T extends object>(name: Write, values: unknown[]) => Promise<T>;
  /** Planted defect: whether this write is acknowledged but not stored. */
  isLost: () => boolean;
}

export type Keyed = { Params: { key: string } };

export const TEXT = { type: 'string', maxLength: 10_000 } as const;

/** Schema of a body in which all these properties are required. */
export const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

export const notFound = (reply: FastifyReply): FastifyReply => reply.code(404).send({ error: 'no such product' });

/** A key as a PostgreSQL integer, or null. */
export function wholeNumber(text: string): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value < 2 ** 31 ? value : null;
}
