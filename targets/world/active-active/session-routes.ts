/** Logins in a region's API: a signed token, and its user in the region's Redis. */
import type { FastifyInstance } from 'fastify';
import type { Cache } from '../kit/programs/cache.ts';
import { object, TEXT } from '../kit/programs/route-schema.ts';
import { sessionUser, signSession } from './session-token.ts';

const SESSION_SECONDS = 3_600;

/** Adds `POST /sessions` and `GET /sessions/current`. */
export function addSessions(app: FastifyInstance, { cache, secret }: { cache: Cache; secret: string }): void {
  app.post<{ Body: { user: string } }>(
    '/sessions',
    { schema: { body: object({ user: TEXT }) } },
    async (request, reply) => {
      const { user } = request.body;
      const token = signSession(secret, user, seconds() + SESSION_SECONDS);
      const isKept = await cache.set(sessionKey(token), user, SESSION_SECONDS * 1_000);
      reply.source = isKept ? 'cache' : 'none';
      return reply.code(201).send({ token });
    },
  );

  app.get('/sessions/current', async (request, reply) => {
    const token = /^Bearer ([\w.-]{1,15000})$/.exec(request.headers.authorization ?? '')?.[1];
    const user = token ? sessionUser(secret, token, seconds()) : null;
    if (!token || user === null) return reply.code(401).send({ error: 'no such session' });
    // The user from Redis if it has the session, else from the token.
    const kept = await cache.get(sessionKey(token));
    reply.source = kept === null ? 'none' : 'cache';
    return { user: kept ?? user };
  });
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

const sessionKey = (token: string): string => `session:${token}`;
