/** The API at one edge. What every world's API does is in the kit. */
import type { FastifyInstance } from 'fastify';
import { addLag, type Heartbeat } from '../kit/programs/lag-route.ts';
import { regionApi } from '../kit/programs/region-api.ts';
import { addLedger } from '../kit/shop/ledger-routes.ts';
import { addAccounts } from './account-routes.ts';
import { Unavailable } from './breaker.ts';
import { addCacheable, addProducts, type CatalogueParts } from './catalogue-routes.ts';
import { listedRoutes } from './inventory.ts';
import type { Peer } from './peer.ts';
import { addRegionHint } from './region-hint.ts';

export interface ApiParts extends CatalogueParts {
  /** The region with the replica; null in that region. */
  peer: Peer | null;
}

/** The API of one region, not yet listening. */
export function buildApi(parts: ApiParts): FastifyInstance {
  const { region, data, peer } = parts;
  const app = regionApi({ region });
  const usual = app.errorHandler;
  app.setErrorHandler(async (error, request, reply) => {
    if (!(error instanceof Unavailable)) return usual(error as never, request, reply);
    // Reads go on while the primary is down; a write fails at once and says when to try again.
    if (request.method === 'GET' && peer !== null && (await peer.answer(request, reply))) return reply;
    reply.source = 'none';
    return reply.code(503).header('Retry-After', '1').send({ error: error.message });
  });
  addRegionHint(app, parts);
  addCacheable(app, parts);
  addProducts(app, parts);
  addAccounts(app, parts);
  addLedger(app, {
    add: (run, row) => data.strong('addEntry', [run, row]),
    async entries(run, request) {
      const found = await data.near<{ row: number }>(request, 'entries', [run]);
      if (parts.defect !== 'diverging-replica' || found.source === 'primary') return found;
      return { ...found, rows: found.rows.filter(({ row }) => row % 100 !== 0) };
    },
  });
  if (data.databases.replica !== null || region === 'us-east-1')
    addLag(app, {
      region,
      heartbeat: async () =>
        (await (data.databases.replica ?? data.databases.primary).query<Heartbeat>('heartbeat'))[0]!,
      view: () => ({ role: data.databases.replica === null ? 'primary' : 'replica', epoch: 1 }),
    });
  app.get('/inventory', () => ({ routes: listedRoutes(parts.defect) }));
  // Shallow: an edge without a database still serves copies and reads from elsewhere.
  app.get('/health', () => ({ status: 'ok', region }));
  return app;
}
