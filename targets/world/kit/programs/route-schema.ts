/** Shared by the routes of APIs: schemas of bodies, keys in paths, the response to an unknown key. */
import type { FastifyReply } from 'fastify';

export type Keyed = { Params: { key: string } };

export const TEXT = { type: 'string', maxLength: 10_000 } as const;

/** Schema of a body in which all these properties are required. */
export const object = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
});

/** A key as a PostgreSQL integer, or null. */
export function wholeNumber(text: string): number | null {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return value < 2 ** 31 ? value : null;
}

export const notFound = (reply: FastifyReply): FastifyReply => reply.code(404).send({ error: 'no such record' });
