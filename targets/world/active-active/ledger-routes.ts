/** The ledger in a region's API: after a run, the harness checks its writes in every region. */
import type { FastifyInstance } from 'fastify';
import type { Stores, Writing } from './route-parts.ts';
import { object } from '../kit/programs/route-schema.ts';
import { RUN_HEADER } from '../kit/programs/run-counter.ts';

/** Adds `POST /ledger` and `GET /ledger?run=`. */
export function addLedger(app: FastifyInstance, { stores, write, isLost }: Writing & { stores: Stores }): void {
  app.post<{ Body: { row: number } }>(
    '/ledger',
    { schema: { body: object({ row: { type: 'integer', minimum: 0 } }) } },
    async (request, reply) => {
      const run = request.headers[RUN_HEADER];
      if (typeof run !== 'string') return reply.code(400).send({ error: `${RUN_HEADER} is missing` });
      if (!isLost()) await write('addEntry', [run, request.body.row]);
      reply.source = 'primary';
      return reply.code(201).send({ row: request.body.row });
    },
  );

  app.get<{ Querystring: { run?: string } }>('/ledger', async (request, reply) => {
    const rows = await stores.local.query<{ row: number }>('entries', [request.query.run ?? '']);
    reply.source = stores.role;
    return { rows: rows.map(({ row }) => row) };
  });
}
