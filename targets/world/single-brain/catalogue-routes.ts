/** Products, reviews and the settings of tenants: written at the primary, read from the nearest copy. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { evenly } from '../kit/defects.ts';
import { type Keyed, notFound, object, TEXT, wholeNumber } from '../kit/programs/route-schema.ts';
import { type Listed, pageOf, type Product, PRODUCT_BODY, type ProductBody } from '../kit/shop/catalogue.ts';
import { addReviews } from '../kit/shop/review-routes.ts';
import type { Defect } from './defects.ts';
import type { EdgeCopies } from './edge-copies.ts';
import type { ReadPath } from './read-path.ts';

export interface CatalogueParts {
  region: string;
  defect: Defect;
  data: ReadPath;
  copies: EdgeCopies;
}

type OfTenant = { Params: { tenant: string } };

/** Adds the cacheable routes: pages of the catalogue, and the configuration of a tenant. */
export function addCacheable(app: FastifyInstance, { data, copies }: CatalogueParts): void {
  app.get(
    '/products',
    copies.route<FastifyRequest<Listed>>(
      ({ query }) => query.tenant ?? '',
      async (request) => {
        const { page, firstKey } = pageOf(request.query);
        const { rows, source } = await data.near<Product>(request, 'page', [firstKey]);
        return { body: { tenant: request.query.tenant ?? null, page, products: rows }, source };
      },
    ),
  );

  app.get(
    '/tenants/:tenant/config',
    copies.route<FastifyRequest<OfTenant>>(
      ({ params }) => params.tenant,
      async (request) => {
        const { tenant } = request.params;
        const { rows, source } = await data.near<{ tenant: string }>(request, 'config', [tenant]);
        return { body: rows[0] ?? { tenant, version: 0, theme: 'plain' }, source };
      },
    ),
  );

  app.put<OfTenant & { Body: { theme: string } }>(
    '/tenants/:tenant/config',
    { schema: { body: object({ theme: TEXT }) } },
    async (request, reply) => {
      const { tenant } = request.params;
      const [row] = await data.strong<{ version: number }>('setConfig', [tenant, request.body.theme]);
      reply.source = 'primary';
      return row === undefined ? notFound(reply) : { tenant, version: row.version };
    },
  );
}

/** Adds `/products/{key}` and its reviews. */
export function addProducts(app: FastifyInstance, { region, defect, data }: CatalogueParts): void {
  const staysHere = defect === 'write-at-edge' && region === 'ap-southeast-1' ? evenly(0.05) : () => false;

  app.get<Keyed>('/products/:key', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const { rows, source } = await data.near<Product>(request, 'product', [id]);
    reply.source = source;
    const [product] = rows;
    if (product === undefined) return notFound(reply);
    const { deleted, ...shown } = product;
    reply.recordVersion = shown.version;
    return deleted ? notFound(reply) : shown;
  });

  app.put<Keyed & ProductBody>('/products/:key', { schema: { body: PRODUCT_BODY } }, async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const { tenant, name, price } = request.body;
    const [row] = await data.strong<{ version: number }>('upsert', [id, tenant, name, price]);
    return written(data, reply, id, row!.version);
  });

  // A delete leaves a tombstone: versions continue from it, and a 404 carries a version too.
  app.delete<Keyed>('/products/:key', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const [row] = await data.strong<{ version: number }>('bury', [id]);
    reply.source = 'primary';
    return row === undefined ? notFound(reply) : written(data, reply, id, row.version);
  });

  addReviews(app, {
    async add(review, reply) {
      if (staysHere()) {
        reply.source = 'cache';
        return '1';
      }
      const [row] = await data.strong<{ id: string }>('addReview', review);
      if (row === undefined) return null;
      data.pin(reply);
      return row.id;
    },
    async drop(product, reply) {
      await data.strong('dropReview', [product]);
      data.pin(reply);
    },
  });
}

function written(data: ReadPath, reply: FastifyReply, id: number, version: number): object {
  data.pin(reply);
  reply.source = 'primary';
  reply.recordVersion = version;
  return { id, version };
}
