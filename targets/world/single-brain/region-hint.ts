/**
 * Clients may name the region whose data they want to read, in the header X-Region-Hint. The hint is a wish: it is
 * ignored if it names no region with a database, if the request is no read of the catalogue, or if the user has just
 * written.
 */
import type { FastifyInstance } from 'fastify';
import type { Defect } from './defects.ts';
import type { Peer } from './peer.ts';
import { HINT_HEADER, isPinned } from './read-path.ts';
import { PRIMARY, REPLICA } from './topology.ts';

const CATALOGUE = /^\/(?:products|tenants)\b/;

/** Routes added later follow the hint. `near` of ReadPath follows one that names the primary. */
export function addRegionHint(app: FastifyInstance, { defect, peer }: { defect: Defect; peer: Peer | null }): void {
  app.addHook('preHandler', async (request, reply): Promise<unknown> => {
    const hint = request.headers[HINT_HEADER];
    if (hint === undefined || !CATALOGUE.test(request.url)) return undefined;
    if (defect === 'hint-believed' && hint !== PRIMARY && hint !== REPLICA)
      return reply.code(503).send({ error: `no database in ${String(hint)}` });
    const isRead = request.method === 'GET' && !isPinned(request);
    // Fastify stops here if the hook returns the reply.
    return hint === REPLICA && isRead && peer !== null && (await peer.answer(request, reply)) ? reply : undefined;
  });
}
