/** The ledger: after a run, the harness checks its writes in every region. Each world says how it stores them. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { DataSource } from '../programs/region-api.ts';
import { object } from '../programs/route-schema.ts';
import { RUN_HEADER } from '../programs/run-counter.ts';

export interface Ledger {
  add(run: string, row: number): Promise<unknown>;
  /** The rows of a run, and where they were read. */
  entries(run: string, request: FastifyRequest): Promise<{ rows: { row: number }[]; source: DataSource }>;
}

/** Adds `POST /ledger` and `GET /ledger?run=`. */
export function addLedger(app: FastifyInstance, ledger: Ledger): void {
  app.post<{ Body: { row: number } }>(
    '/ledger',
    { schema: { body: object({ row: { type: 'integer', minimum: 0 } }) } },
    async (request, reply) => {
      const run = request.headers[RUN_HEADER];
      if (typeof run !== 'string') return reply.code(400).send({ error: `${RUN_HEADER} is missing` });
      await ledger.add(run, request.body.row);
      reply.source = 'primary';
      return reply.code(201).send({ row: request.body.row });
    },
  );

  app.get<{ Querystring: { run?: string } }>('/ledger', async (request, reply) => {
    const { rows, source } = await ledger.entries(request.query.run ?? '', request);
    reply.source = source;
    return { rows: rows.map(({ row }) => row) };
  });
}
