/** Products, reviews and the settings of tenants: written at the primary, read from the nearest copy. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { evenly } from '../kit/defects.ts';
import { type Keyed, object, TEXT, wholeNumber } from '../kit/programs/route-schema.ts';
import type { Product } from './databases.ts';
import type { Defect } from './defects.ts';
import type { EdgeCopies } from './edge-copies.ts';
import type { ReadPath } from './read-path.ts';
import { CATALOGUE } from './schema.ts';

export interface CatalogueParts {
  region: string;
  defect: Defect;
  data: ReadPath;
  copies: EdgeCopies;
}

const notFound = (reply: FastifyReply): FastifyReply => reply.code(404).send({ error: 'no such record' });

type Listed = FastifyRequest<{ Querystring: { tenant?: string; page?: string } }>;
type OfTenant = { Params: { tenant: string } };

/** Adds the cacheable routes: pages of the catalogue, and the configuration of a tenant. */
export function addCacheable(app: FastifyInstance, { data, copies }: CatalogueParts): void {
  app.get(
    '/products',
    copies.route<Listed>(
      ({ query }) => query.tenant ?? '',
      async (request) => {
        // All tenants share one catalogue; page numbers wrap around, so that any key is a page.
        const page = wholeNumber(request.query.page ?? '0') ?? 0;
        const { rows, source } = await data.near<Product>(request, 'page', [(page * 10) % CATALOGUE]);
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

  app.put<Keyed & { Body: { tenant: string; name: string; price: number } }>(
    '/products/:key',
    {
      schema: {
        body: object({ tenant: TEXT, name: TEXT, price: { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 } }),
      },
    },
    async (request, reply) => {
      const id = wholeNumber(request.params.key);
      if (id === null) return notFound(reply);
      const { tenant, name, price } = request.body;
      const [row] = await data.strong<{ version: number }>('upsert', [id, tenant, name, price]);
      return written(data, reply, id, row!.version);
    },
  );

  // A delete leaves a tombstone: versions continue from it, and a 404 carries a version too.
  app.delete<Keyed>('/products/:key', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    const [row] = await data.strong<{ version: number }>('bury', [id]);
    reply.source = 'primary';
    return row === undefined ? notFound(reply) : written(data, reply, id, row.version);
  });

  app.post<Keyed & { Body: { tenant: string; stars: number; text: string } }>(
    '/products/:key/reviews',
    { schema: { body: object({ tenant: TEXT, stars: { type: 'integer', minimum: 1, maximum: 5 }, text: TEXT }) } },
    async (request, reply) => {
      const { tenant, stars, text } = request.body;
      const id = wholeNumber(request.params.key);
      if (id === null) return notFound(reply);
      if (staysHere()) {
        reply.source = 'cache';
        return reply.code(201).send({ review: 1 });
      }
      const [row] = await data.strong<{ id: string }>('addReview', [id, tenant, stars, text]);
      reply.source = 'primary';
      if (row === undefined) return notFound(reply);
      data.pin(reply);
      return reply.code(201).send({ review: Number(row.id) });
    },
  );

  app.delete<Keyed>('/products/:key/reviews', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    await data.strong('dropReview', [id]);
    data.pin(reply);
    reply.source = 'primary';
    return { product: id };
  });
}

function written(data: ReadPath, reply: FastifyReply, id: number, version: number): object {
  data.pin(reply);
  reply.source = 'primary';
  reply.recordVersion = version;
  return { id, version };
}
