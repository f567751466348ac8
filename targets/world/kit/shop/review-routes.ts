/** Product reviews. Each world says how it stores them. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Keyed, notFound, object, TEXT, wholeNumber } from '../programs/route-schema.ts';

export interface Reviews {
  /** Stores a review of this product; returns its id, or null if there is no such product. */
  add(
    review: [product: number, tenant: string, stars: number, text: string],
    reply: FastifyReply,
  ): Promise<string | null>;
  /** Deletes the newest review of this product, if there is one. */
  drop(product: number, reply: FastifyReply): Promise<void>;
}

const BODY = object({ tenant: TEXT, stars: { type: 'integer', minimum: 1, maximum: 5 }, text: TEXT });

/** Adds `POST` and `DELETE /products/{key}/reviews`. */
export function addReviews(app: FastifyInstance, reviews: Reviews): void {
  app.post<Keyed & { Body: { tenant: string; stars: number; text: string } }>(
    '/products/:key/reviews',
    { schema: { body: BODY } },
    async (request, reply) => {
      const { tenant, stars, text } = request.body;
      const id = wholeNumber(request.params.key);
      if (id === null) return notFound(reply);
      reply.source = 'primary';
      const review = await reviews.add([id, tenant, stars, text], reply);
      return review === null ? notFound(reply) : reply.code(201).send({ review: Number(review) });
    },
  );

  app.delete<Keyed>('/products/:key/reviews', async (request, reply) => {
    const id = wholeNumber(request.params.key);
    if (id === null) return notFound(reply);
    await reviews.drop(id, reply);
    reply.source = 'primary';
    return { product: id };
  });
}
