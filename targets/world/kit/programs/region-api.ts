/** The part of a region's API that every world shares: headers that name who served a response, request counters. */
import Fastify, { type FastifyInstance } from 'fastify';
import { RUN_HEADER, RunCounter } from './run-counter.ts';

export interface RegionApi {
  region: string;
  /** Epoch of the primary that it writes to; absent in a world without a primary. */
  epoch?: () => number;
}

export type DataSource = 'primary' | 'replica' | 'cache' | 'none';

declare module 'fastify' {
  interface FastifyReply {
    startedAtMs: number;
    /** Where the data of the response came from, and the version of its record. */
    source: DataSource;
    recordVersion: number;
  }
}

const API_VERSION = '1';
/** Far longer than any think time, so that the server never closes a connection while a request is sent on it. */
const KEEP_ALIVE_MS = 30 * 60_000;

/** An API with no route but `/counters`, not yet listening. */
export function regionApi({ region, epoch }: RegionApi): FastifyInstance {
  const app = Fastify({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, http: { headersTimeout: 0 } });
  const counter = new RunCounter();

  app.decorateReply('startedAtMs', 0);
  app.decorateReply('source', 'none');
  app.decorateReply('recordVersion', 0);
  app.addHook('onRequest', (request, reply, done) => {
    reply.startedAtMs = performance.now();
    const run = request.headers[RUN_HEADER];
    if (run !== undefined) counter.count(run);
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('X-Served-Region', region);
    reply.header('X-Data-Source', reply.source);
    reply.header('X-Api-Version', API_VERSION);
    if (epoch) reply.header('X-Epoch', epoch());
    if (reply.recordVersion > 0) reply.header('X-Record-Version', reply.recordVersion);
    reply.header('Server-Timing', `total;dur=${(performance.now() - reply.startedAtMs).toFixed(2)}`);
    done();
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    // Errors from Fastify have a status; any other error is a store that failed.
    const status = error.statusCode ?? 503;
    reply.source = 'none';
    return reply.code(status).send({ error: error.message });
  });
  app.get('/counters', () => counter.toJSON());
  return app;
}
