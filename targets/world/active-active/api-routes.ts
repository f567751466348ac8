/** A region's API: products, sessions, the ledger, and how it is. What it says of itself in any world is in the kit. */
import type { FastifyInstance } from 'fastify';
import { inTime } from '../kit/health-check.ts';
import { regionApi } from '../kit/programs/region-api.ts';
import { type Defect, failure, losesWrite } from './defects.ts';
import { addLedger } from './ledger-routes.ts';
import { addProducts } from './product-routes.ts';
import type { Stores, Writing } from './route-parts.ts';
import { addSessions } from './session-routes.ts';

export interface ApiParts {
  region: string;
  defect: Defect;
  stores: Stores;
  sessionSecret: string;
}

/** A database that takes longer to answer cannot be read; less than a health check waits. */
const HEALTHY_MS = 500;

/** The API of one region, not yet listening. */
export function buildApi({ region, defect, stores, sessionSecret }: ApiParts): FastifyInstance {
  const app = regionApi({ region, epoch: () => stores.epoch, fails: failure(defect, region) });
  const writing: Writing = {
    write: (name, values) => stores.primary.write(name, stores.epoch, values),
    isLost: losesWrite(defect),
  };
  addProducts(app, { region, defect, stores, ...writing });
  addSessions(app, { cache: stores.cache, secret: sessionSecret });
  addLedger(app, { stores, ...writing });

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
