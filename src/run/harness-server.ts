import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { RunPlan } from '../formats/plan.ts';
import type { SmokeFinding } from '../formats/player.ts';
import type { NameService } from './name-service.ts';

/**
 * The harness's own small server for the player:
 *   POST /start                    takes the findings of the smoke test and returns T0; 409 if no load may be sent
 *   GET /resolve?origin=<index>    the resolver of that origin's city, which caches by TTL
 *   GET /permit?in=<ms>[&due=<ms>][&now]   how long to wait for a permit within the target's rate limit
 *                                          (src/run/rate-limit.ts)
 */
export async function startHarnessServer(options: {
  plan: RunPlan;
  names: NameService;
  /** Chooses T0 (epoch ms), or null where the findings of the smoke test forbid the load; called once. */
  chooseT0: (findings: SmokeFinding[]) => number | null;
  /** Keeps the rate limit of the target; left out where it has none. */
  permit?: (inMs: number, dueMs: number | null, isNowOrNever: boolean) => number;
}): Promise<{ url: string; stop(): Promise<void> }> {
  let t0: number | null | undefined;
  const cache = new Map<number, { region: number; untilMs: number; ttlSeconds: number }>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://harness');
    const respond = (status: number, body: unknown): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === '/start') {
      void text(request).then((body) => {
        if (t0 === undefined) t0 = options.chooseT0(JSON.parse(body) as SmokeFinding[]);
        respond(t0 === null ? 409 : 200, { t0 });
      });
      return;
    }
    if (url.pathname === '/permit') {
      const due = url.searchParams.get('due');
      const waitMs = options.permit?.(
        Number(url.searchParams.get('in')),
        due === null ? null : Number(due),
        url.searchParams.has('now'),
      );
      respond(200, { waitMs: waitMs ?? 0 });
      return;
    }
    const origin = Number(url.searchParams.get('origin'));
    if (url.pathname !== '/resolve' || !options.plan.origins[origin]) {
      respond(404, { error: 'not found' });
      return;
    }
    const known = cache.get(origin);
    if (known && known.untilMs > Date.now()) {
      respond(200, { region: known.region, ttlSeconds: (known.untilMs - Date.now()) / 1000 });
      return;
    }
    options.names.resolve(origin).then(
      (fresh) => {
        cache.set(origin, { ...fresh, untilMs: Date.now() + fresh.ttlSeconds * 1000 });
        respond(200, fresh);
      },
      (error: unknown) => respond(502, { error: String(error) }),
    );
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
