/** A region's API: products and reviews, sessions, the ledger, and how it is. What any world's does is in the kit. */
import type { FastifyInstance } from 'fastify';
import { inTime } from '../kit/health-check.ts';
import { addLag, type Heartbeat } from '../kit/programs/lag-route.ts';
import { regionApi } from '../kit/programs/region-api.ts';
import { type Defect, losesWrite, plant } from './defects.ts';
import { addLedger } from './ledger-routes.ts';
import { addProducts } from './product-routes.ts';
import { addReviews } from './review-routes.ts';
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
  const app = regionApi({ region, epoch: () => stores.epoch });
  plant(app, defect, region);
  const writing: Writing = {
    write: (name, values) => stores.primary.write(name, stores.epoch, values),
    isLost: losesWrite(defect),
  };
  addProducts(app, { region, defect, stores, ...writing });
  addReviews(app, writing);
  addSessions(app, { cache: stores.cache, secret: sessionSecret });
  addLedger(app, { stores, ...writing });
  addLag(app, {
    region,
    heartbeat: async () => (await stores.local.query<Heartbeat>('heartbeat'))[0]!,
    view: () => stores,
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
