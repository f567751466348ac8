/** A region's API: products, reviews, sessions, the ledger, health. What every world's API does is in the kit. */
import type { FastifyInstance } from 'fastify';
import { setDeadline } from '../kit/health-check.ts';
import { addLag, type Heartbeat } from '../kit/programs/lag-route.ts';
import { regionApi } from '../kit/programs/region-api.ts';
import { addLedger } from '../kit/shop/ledger-routes.ts';
import { addReviews } from '../kit/shop/review-routes.ts';
import { type Defect, losesWrite, plant } from './defects.ts';
import { addProducts } from './product-routes.ts';
import type { Stores, Writing } from './route-parts.ts';
import { addSessions } from './session-routes.ts';

export interface ApiParts {
  region: string;
  defect: Defect;
  stores: Stores;
  sessionSecret: string;
}

/** Timeout of the database query in `/health`; less than the timeout of a health check. */
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
  const { write, isLost } = writing;
  addReviews(app, {
    add: async (review) => (isLost() ? '1' : (await write<{ id: string | null }>('addReview', review)).id),
    drop: async (product) => void (isLost() || (await write('dropReview', [product]))),
  });
  addSessions(app, { cache: stores.cache, secret: sessionSecret });
  addLedger(app, {
    add: async (run, row) => isLost() || write('addEntry', [run, row]),
    entries: async (run) => ({
      rows: await stores.local.query<{ row: number }>('entries', [run]),
      source: stores.role,
    }),
  });
  addLag(app, {
    region,
    heartbeat: async () => (await stores.local.query<Heartbeat>('heartbeat'))[0]!,
    view: () => stores,
  });

  // Shallow: checks this API and reads its database, so that a failure elsewhere does not make this region unhealthy.
  app.get('/health', async (_request, reply) => {
    let timer: { cancel: () => void } | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setDeadline(HEALTHY_MS, () => reject(new Error(`no response from the database within ${HEALTHY_MS} ms`)));
    });
    await Promise.race([stores.local.query('product', [0]), late]).finally(() => timer!.cancel());
    reply.source = stores.role;
    return { status: 'ok', region, redis: stores.cache.isConnected };
  });

  return app;
}
