/** The edge, a process of its own: which region a name resolves to, and static assets from a cache. */
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { hear, say } from './conversation.ts';
import type { Defect } from './defects.ts';
import { resolve } from './routing.ts';
import { RUN_HEADER, RunCounter } from './run-counter.ts';

export interface EdgeStart {
  kind: 'start';
  defect: Defect;
  ttlSeconds: number;
}

/** Assets the cache holds; the one used longest ago goes first. */
const MOST_CACHED = 2_000;

const { defect, ttlSeconds } = await hear<EdgeStart>('start');
const app = Fastify({ keepAliveTimeout: 30 * 60_000, requestTimeout: 0, http: { headersTimeout: 0 } });
const counter = new RunCounter();
const cache = new Map<string, string>();

app.get<{ Querystring: { city?: string; lat?: string; lon?: string } }>('/resolve', (request, reply) => {
  const [lat, lon] = [Number(request.query.lat), Number(request.query.lon)];
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return reply.code(400).send({ error: 'lat and lon in degrees' });
  return reply.send({ region: resolve(request.query.city ?? '', lat, lon, defect), ttlSeconds });
});

app.get<{ Params: { asset: string } }>('/assets/:asset', (request, reply) => {
  const startedAtMs = performance.now();
  counter.count(request.headers[RUN_HEADER]);
  const { asset } = request.params;
  const isAsset = /^\d{1,10}\.js$/.test(asset);
  const cached = cache.get(asset);
  const text = cached ?? (isAsset ? built(asset) : '');
  if (isAsset) {
    cache.delete(asset); // and in again: the order of the map is the order of use
    cache.set(asset, text);
    if (cache.size > MOST_CACHED) cache.delete(cache.keys().next().value!);
  }
  return reply
    .code(isAsset ? 200 : 404)
    .header('X-Served-Region', 'edge')
    .header('X-Data-Source', isAsset ? 'edge' : 'none')
    .header('X-Api-Version', '1')
    .header('X-Cache', cached === undefined ? 'miss' : 'hit')
    .header('Cache-Control', 'public, max-age=60')
    .header('Server-Timing', `total;dur=${(performance.now() - startedAtMs).toFixed(2)}`)
    .type('text/javascript')
    .send(text);
});

app.get('/counters', () => counter.toJSON());
app.get('/health', () => ({ status: 'ok' }));

/** What the build put behind the edge: 2 to 6 KB of script, the same for the same name every time. */
function built(asset: string): string {
  const lines = 40 + (Number.parseInt(asset, 10) % 80);
  return Array.from({ length: lines }, (_, i) => `export const part${i} = '${asset} line ${i} of ${lines}';`).join(
    '\n',
  );
}

// The first requests of a run must not wait for code to be compiled.
for (let i = 0; i < 300; i++) {
  await app.inject({ url: `/assets/${i % 50}.js` });
  await app.inject({ url: '/resolve?city=warm-up&lat=0&lon=0' });
}
await app.listen({ host: '127.0.0.1', port: 0 });
say({ kind: 'ready', port: (app.server.address() as AddressInfo).port });
