/** Products in a region's API: read through the region's cache and database, written to the primary. */
import type { FastifyInstance } from 'fastify';
import { cacheMs, type Defect, deleteStaysCached, readDelay } from './defects.ts';
import type { Stores, Writing } from './route-parts.ts';
import { type Keyed, notFound, wholeNumber } from '../kit/programs/route-schema.ts';
import { singleFlight } from '../kit/programs/single-flight.ts';
import { type Listed, pageOf, type Product, PRODUCT_BODY, type ProductBody } from '../kit/shop/catalogue.ts';
import { slowWhenEmptied } from './stampede.ts';

interface ProductParts extends Writing {
  region: string;
  defect: Defect;
  stores: Stores;
}

/** Adds `/products` and `/products/{key}`. */
export function addProducts(app: FastifyInstance, { region, defect, stores, write, isLost }: ProductParts): void {
  const { cache } = stores;
  const delayMs = readDelay(defect, region);
  const cachedForMs = cacheMs(defect);
  const origin = async (id: number): Promise<Product | undefined> => {
    const [product] = await stores.local.query<Product>('product', [id]);
    return product;
  };
  const load = defect === 'stampede' ? slowWhenEmptied(cache, origin) : singleFlight(origin);
  /** For the defect `lost-writes`: the version that the lost write would have had. */
  const lostVersion = async (id: number): Promise<{ version: number }> => {
    const [product] = await stores.primary.query<Product>('product', [id]);
    return { version: (product?.version ?? 0) + 1 };
  };

  app.get<Listed>('/products', async (request, reply) => {
    await delay(delayMs());
    const { page, firstKey } = pageOf(request.query);
    const products = await stores.local.query<Product>('page', [firstKey]);
    reply.source = stores.role;
    return { tenant: request.query.tenant ?? null, page, products };
  });

  app.get<Keyed>('/products/:key', async (request, reply) => {
    await delay(delayMs());
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const mayBeCached = request.headers['cache-control'] !== 'no-cache';
    const cached = mayBeCached ? await cache.get(cacheKey(id)) : null;
    if (cached !== null) {
      reply.source = 'cache';
      reply.recordVersion = Number(cached.slice(0, cached.indexOf(' ')));
      return reply.type('application/json').send(cached.slice(cached.indexOf(' ') + 1));
    }
    // A no-cache read must not share another request's query, which may have started earlier.
    const product = await (mayBeCached ? load(id) : origin(id));
    reply.source = stores.role;
    if (!product) return notFound(reply);
    const { deleted, ...shown } = product;
    reply.recordVersion = shown.version;
    if (deleted) return notFound(reply);
    const text = JSON.stringify(shown);
    if (mayBeCached) cache.set(cacheKey(id), `${shown.version} ${text}`, cachedForMs).catch(() => {});
    return reply.type('application/json').send(text);
  });

  app.put<Keyed & ProductBody>('/products/:key', { schema: { body: PRODUCT_BODY } }, async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const { tenant, name, price } = request.body;
    const { version } = isLost()
      ? await lostVersion(id)
      : await write<{ version: number }>('upsert', [id, tenant, name, price]);
    await cache.delete(cacheKey(id));
    reply.source = 'primary';
    reply.recordVersion = version;
    return { id, version };
  });

  // A delete leaves a tombstone: versions continue from it, and a 404 carries a version too.
  app.delete<Keyed>('/products/:key', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const { version } = isLost() ? await lostVersion(id) : await write<{ version: number | null }>('bury', [id]);
    reply.source = 'primary';
    if (version === null) return notFound(reply);
    if (!deleteStaysCached(defect)) await cache.delete(cacheKey(id));
    reply.recordVersion = version;
    return { id, version };
  });
}

const cacheKey = (id: number): string => `product:${id}`;

const delay = (ms: number): Promise<void> | undefined =>
  ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : undefined;
