/** What the API of a region does in any world: every answer says who served it, and requests of a run are counted. */
import Fastify, { type FastifyInstance } from 'fastify';
import { RUN_HEADER, RunCounter } from './run-counter.ts';

export interface RegionApi {
  region: string;
  /** Of the primary that it writes to; left out where there is none. */
  epoch?: () => number;
}

declare module 'fastify' {
  interface FastifyReply {
    startedAtMs: number;
    /** Where the data of the answer came from, and the version of the record it speaks of. */
    source: 'primary' | 'replica' | 'cache' | 'none';
    recordVersion: number;
  }
}

const API_VERSION = '1';
/** Far longer than any run's think time: the server never closes a connection that a request is just being sent on. */
const KEEP_ALIVE_MS = 30 * 60_000;

/** An API without routes of its own but `/counters`, not yet listening. */
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
    // What Fastify refuses has a status of its own; everything else is a store that did not answer.
    const status = error.statusCode ?? 503;
    reply.source = 'none';
    return reply.code(status).send({ error: error.message });
  });
  app.get('/counters', () => counter.toJSON());
  return app;
}
