/** A region's API: what every answer says about itself, what is counted of a run, and how it is. The rest stands beside it. */
import Fastify, { type FastifyInstance } from 'fastify';
import { type Defect, failure, losesWrite } from './defects.ts';
import { inTime } from '../kit/health-check.ts';
import { addLedger } from './ledger-routes.ts';
import { addProducts } from './product-routes.ts';
import type { Stores, Writing } from './route-parts.ts';
import { RUN_HEADER, RunCounter } from '../kit/programs/run-counter.ts';
import { addSessions } from './session-routes.ts';

export interface ApiParts {
  region: string;
  defect: Defect;
  stores: Stores;
  sessionSecret: string;
}

/** A database that takes longer to answer cannot be read; less than a health check waits. */
const HEALTHY_MS = 500;
const API_VERSION = '1';
/** Far longer than any run's think time: the server never closes a connection that a request is just being sent on. */
const KEEP_ALIVE_MS = 30 * 60_000;

/** The API of one region, not yet listening. */
export function buildApi({ region, defect, stores, sessionSecret }: ApiParts): FastifyInstance {
  const app = Fastify({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0, http: { headersTimeout: 0 } });
  const counter = new RunCounter();
  const fails = failure(defect, region);
  const writing: Writing = {
    write: (name, values) => stores.primary.write(name, stores.epoch, values),
    isLost: losesWrite(defect),
  };

  app.decorateReply('startedAtMs', 0);
  app.decorateReply('source', 'none');
  app.decorateReply('recordVersion', 0);
  app.addHook('onRequest', (request, reply, done) => {
    reply.startedAtMs = performance.now();
    const run = request.headers[RUN_HEADER];
    if (run === undefined) return done();
    counter.count(run);
    if (fails()) return void reply.code(500).send({ error: 'planted' });
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('X-Served-Region', region);
    reply.header('X-Data-Source', reply.source);
    reply.header('X-Api-Version', API_VERSION);
    reply.header('X-Epoch', stores.epoch);
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

  addProducts(app, { region, defect, stores, ...writing });
  addSessions(app, { cache: stores.cache, secret: sessionSecret });
  addLedger(app, { stores, ...writing });

  app.get('/counters', () => counter.toJSON());

  app.get('/lag', async (_request, reply) => {
    const [row] = await stores.local.query<{ ageMs: number; replica: boolean; receivedLsn: string; replayLsn: string }>(
      'heartbeat',
    );
    const { ageMs, replica, ...positions } = row!;
    const { role, epoch } = stores;
    reply.source = role;
    // A beat every 100 ms: the age of the newest one replayed is the lag plus 0 to 100 ms. The primary has none.
    return { region, role, epoch, lagMs: replica ? ageMs : 0, ageMs, heartbeatAgeMs: ageMs, ...positions };
  });

  // Shallow: it answers, and its database can be read. That others are down is not for this region to fail for.
  app.get('/health', async (_request, reply) => {
    let timer: { cancel: () => void } | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = inTime(HEALTHY_MS, () => reject(new Error(`the database does not answer within ${HEALTHY_MS} ms`)));
    });
    await Promise.race([stores.local.query('product', [0]), late]).finally(() => timer!.cancel());
    reply.source = stores.role;
    return { status: 'ok', region, redis: stores.cache.isConnected };
  });

  return app;
}
