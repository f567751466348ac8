/** Copies of cacheable responses in the Redis of an edge, keyed by tenant, locale and login. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Cache } from '../kit/programs/cache.ts';
import { singleFlight } from '../kit/programs/single-flight.ts';
import type { Defect } from './defects.ts';
import { TTL_SECONDS } from './inventory.ts';

/** A response of the origin: the region's nearest database. */
export interface Original {
  body: object;
  source: 'primary' | 'replica';
}

export class EdgeCopies {
  private readonly cache: Cache;
  private readonly isCopyRequired: boolean;
  private readonly keptMs: number;
  private readonly keyOf: (request: FastifyRequest, tenant: string) => string;

  constructor(cache: Cache, defect: Defect) {
    this.cache = cache;
    this.isCopyRequired = defect === 'copy-required';
    this.keyOf = defect === 'shared-copies' ? pathAlone : scoped;
    this.keptMs = 1_000 * (defect === 'immortal-copies' ? 60 : TTL_SECONDS);
  }

  /** Responds with the copy at this edge, or with what `load` returns and keeps a copy of that. Errors are not kept. */
  route<R extends FastifyRequest>(
    tenantOf: (request: R) => string,
    load: (request: R) => Promise<Original>,
  ): (request: R, reply: FastifyReply) => Promise<unknown> {
    const requests = new Map<string, R>();
    const once = singleFlight((key: string) => load(requests.get(key)!));
    return async (request, reply) => {
      const key = this.keyOf(request, tenantOf(request));
      const copy = await this.cache.get(key);
      reply.type('application/json').header('Cache-Control', `max-age=${TTL_SECONDS}`);
      if (copy !== null) {
        const at = copy.indexOf(' ');
        reply.source = 'cache';
        reply.header('Age', Math.floor((Date.now() - Number(copy.slice(0, at))) / 1_000));
        return reply.send(copy.slice(at + 1));
      }
      requests.set(key, request);
      const { body, source } = await once(key).finally(() => requests.delete(key));
      reply.source = source;
      const text = JSON.stringify(body);
      const kept = this.cache.set(key, `${Date.now()} ${text}`, this.keptMs).catch(() => false);
      if (this.isCopyRequired && !(await kept)) throw new Error('the copy could not be kept');
      return reply.send(text);
    };
  }
}

function scoped(request: FastifyRequest, tenant: string): string {
  const locale = (request.headers['accept-language'] ?? '').slice(0, 20);
  const auth = request.headers.authorization === undefined ? 'anonymous' : 'member';
  return `${request.url} ${tenant} ${locale} ${auth}`;
}

/** The defect `shared-copies`. */
const pathAlone = (request: FastifyRequest, tenant: string): string => request.url.replace(tenant, '');
