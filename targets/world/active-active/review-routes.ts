/** Product reviews in a region's API, written to the primary. */
import type { FastifyInstance } from 'fastify';
import { notFound, type Writing } from './route-parts.ts';
import { type Keyed, object, TEXT, wholeNumber } from '../kit/programs/route-schema.ts';

/** Adds `POST` and `DELETE /products/{key}/reviews`. */
export function addReviews(app: FastifyInstance, { write, isLost }: Writing): void {
  app.post<Keyed & { Body: { tenant: string; stars: number; text: string } }>(
    '/products/:key/reviews',
    { schema: { body: object({ tenant: TEXT, stars: { type: 'integer', minimum: 1, maximum: 5 }, text: TEXT }) } },
    async (request, reply) => {
      const { tenant, stars, text } = request.body;
      const id = wholeNumber(request.params.key);
      if (id === null) return notFound(reply);
      const { id: review } = isLost()
        ? { id: '1' }
        : await write<{ id: string | null }>('addReview', [id, tenant, stars, text]);
      if (review === null) return notFound(reply);
      reply.source = 'primary';
      return reply.code(201).send({ review: Number(review) });
    },
  );

  app.delete<Keyed>('/products/:key/reviews', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    if (!isLost()) await write('dropReview', [id]);
    reply.source = 'primary';
    return { product: id };
  });
}
