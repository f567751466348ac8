/** What must never be stale: sessions, permissions and balances, at the primary alone. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { object, TEXT } from '../kit/programs/route-schema.ts';
import type { Defect } from './defects.ts';
import type { EdgeCopies } from './edge-copies.ts';
import type { Found, ReadPath } from './read-path.ts';

interface AccountParts {
  defect: Defect;
  data: ReadPath;
  /** Used with the defect `private-copies` alone. */
  copies: EdgeCopies;
}

type OfAccount = { Params: { account: string } };
const BEARER = /^Bearer ([\w-]{1,100})$/;

/** Adds `/sessions` and `/accounts`. */
export function addAccounts(app: FastifyInstance, { defect, data, copies }: AccountParts): void {
  const tokenOf = (header: string | undefined): string => BEARER.exec(header ?? '')?.[1] ?? '';
  const { replica } = data.databases;
  const sessionOf = async (token: string): Promise<Found<{ account: string }>> => {
    if (defect === 'auth-from-replica' && replica !== null) {
      const rows = await replica.query<{ account: string }>('session', [token]);
      if (rows.length > 0) return { rows, source: 'replica' };
    }
    return { rows: await data.strong('session', [token]), source: 'primary' };
  };

  app.post<{ Body: { user: string } }>(
    '/sessions',
    { schema: { body: object({ user: TEXT }) } },
    async (request, reply) => {
      const token = randomBytes(18).toString('base64url');
      await data.strong('addSession', [token, request.body.user]);
      reply.source = 'primary';
      return reply.code(201).send({ token });
    },
  );

  app.get('/sessions/current', async (request, reply) => {
    const { rows, source } = await sessionOf(tokenOf(request.headers.authorization));
    reply.source = source;
    const [session] = rows;
    return session === undefined ? reply.code(401).send({ error: 'no such session' }) : { user: session.account };
  });

  app.delete('/sessions/current', async (request, reply) => {
    await data.strong('endSession', [tokenOf(request.headers.authorization)]);
    reply.source = 'primary';
    return reply.code(204).send();
  });

  const accountOf = async ({ params }: FastifyRequest<OfAccount>): Promise<object | undefined> =>
    (await data.strong<{ account: string }>('account', [params.account]))[0];
  if (defect === 'private-copies')
    app.get<OfAccount>(
      '/accounts/:account',
      copies.route<FastifyRequest<OfAccount>>(
        () => '',
        async (request) => ({ body: (await accountOf(request)) ?? {}, source: 'primary' }),
      ),
    );
  else
    app.get<OfAccount>('/accounts/:account', async (request, reply) => {
      const account = await accountOf(request);
      reply.source = 'primary';
      return account ?? reply.code(404).send({ error: 'no such account' });
    });

  app.put<OfAccount & { Body: { balance: number; role: string } }>(
    '/accounts/:account',
    { schema: { body: object({ balance: { type: 'integer' }, role: TEXT }) } },
    async (request, reply) => {
      const { balance, role } = request.body;
      const { account } = request.params;
      const [row] = await data.strong('setAccount', [account, balance, role]);
      reply.source = 'primary';
      return row === undefined ? reply.code(404).send({ error: 'no such account' }) : { account, balance, role };
    },
  );
}
