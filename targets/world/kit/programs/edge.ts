/** The edge, a process of its own: resolves names to regions and serves static assets from a cache. */
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import type { Address } from '../address.ts';
import { AssetCache, type Caching } from './asset-cache.ts';
import { receive, onMessage, send } from './channel.ts';
import { repeat, healthTracker, isHealthy } from '../health-check.ts';
import { InService, type Place, resolve, type Routing } from './routing.ts';
import { RUN_HEADER, RunCounter } from './run-counter.ts';

export interface EdgeStart {
  kind: 'start';
  regions: readonly Place[];
  routing: Routing;
  caching: Caching;
  /** Port 0 = a free port. */
  listen: Address;
}

/** Sent once the regions serve: their ingress ports, by region. */
export interface EdgeWatch {
  kind: 'watch';
  ingress: Record<string, number>;
}

/** Removes a region from routing manually, or lets its health checks decide again. The reply is `evacuated`. */
export interface EdgeEvacuate {
  kind: 'evacuate';
  region: string;
  isOut: boolean;
}

/** Confirms an evacuation: from now on routing uses these regions. */
export interface EdgeEvacuated {
  kind: 'evacuated';
  region: string;
  isOut: boolean;
  answering: string[];
}

const { regions, routing, caching, listen } = await receive<EdgeStart>('start');
const inService = new InService(regions, routing);
const app = Fastify({ keepAliveTimeout: 30 * 60_000, requestTimeout: 0, http: { headersTimeout: 0 } });
const counter = new RunCounter();
const cache = new AssetCache(built, caching);
const CACHE_CONTROL = `public, max-age=${caching.maxAgeSeconds}`;
const ASSET = /^\d{1,10}\.js$/;
/** The region in the last answer to each city. */
const lastAnswers = new Map<string, string>();

app.get<{ Querystring: { city?: string; lat?: string; lon?: string } }>('/resolve', (request, reply) => {
  const [lat, lon] = [Number(request.query.lat), Number(request.query.lon)];
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180))
    return reply.code(400).send({ error: 'expected lat and lon in degrees' });
  const city = request.query.city ?? '';
  const region = resolve({ city, lat, lon }, regions, routing, inService.answering);
  if (lastAnswers.get(city) !== region) {
    if (lastAnswers.has(city)) truth('name-moved', region, city);
    lastAnswers.set(city, region);
  }
  return reply.send({ region, ttlSeconds: routing.ttlSeconds });
});

app.get<{ Params: { asset: string } }>('/assets/:asset', (request, reply) => {
  const startedAtMs = performance.now();
  counter.count(request.headers[RUN_HEADER]);
  const { asset } = request.params;
  const copy = ASSET.test(asset) ? cache.take(asset, startedAtMs) : null;
  const ageMs = copy === null ? 0 : startedAtMs - copy.fetchedAtMs;
  // A copy fetched for this request has no age (RFC 9111, 5.1).
  if (ageMs > 0) reply.header('Age', Math.floor(ageMs / 1000));
  return reply
    .code(copy === null ? 404 : 200)
    .header('X-Served-Region', 'edge')
    .header('X-Data-Source', ageMs > 0 ? 'edge' : 'none')
    .header('X-Api-Version', '1')
    .header('X-Cache', ageMs > 0 ? 'hit' : 'miss')
    .header('Cache-Control', CACHE_CONTROL)
    .header('Server-Timing', `total;dur=${(performance.now() - startedAtMs).toFixed(2)}`)
    .type('text/javascript')
    .send(copy === null ? '' : copy.text);
});

app.addHttpMethod('PURGE');
app.route<{ Params: { asset: string } }>({
  method: 'PURGE',
  url: '/assets/:asset',
  handler: (request) => {
    cache.purge(request.params.asset);
    return { purged: request.params.asset };
  },
});

app.get('/counters', () => counter.toJSON());
app.get('/health', () => ({ status: 'ok' }));

onMessage<EdgeWatch>('watch', ({ ingress }) => {
  const { intervalMs, timeoutMs, ...counts } = routing.rhythm;
  for (const [i, [region, port]] of Object.entries(ingress).entries()) {
    const observe = healthTracker(counts);
    const check = async (): Promise<void> => {
      const change = observe(await isHealthy(port, timeoutMs));
      if (change) applyHealth(region, change);
    };
    // Spread over the interval.
    setTimeout(() => repeat(intervalMs, check), (i * intervalMs) / Object.keys(ingress).length);
  }
});

onMessage<EdgeEvacuate>('evacuate', ({ region, isOut }) => {
  const switched = inService.evacuate(region, isOut);
  truth(isOut ? 'evacuated' : 'evacuation-ended', region, 'manually');
  for (const { region, detail } of switched) truth('routing-switched', region, detail);
  send({ kind: 'evacuated', region, isOut, answering: [...inService.answering] } satisfies EdgeEvacuated);
});

function applyHealth(region: string, health: 'down' | 'up'): void {
  const switched = inService.observe(region, health);
  truth(`health-${health}`, region, 'health checks through its ingress');
  for (const { region, detail } of switched) truth('routing-switched', region, detail);
}

const truth = (what: string, region: string, detail: string): void =>
  send({ kind: 'truth', what, region, detail, atEpochMs: Date.now() });

/** The asset of this name at the origin: 2 to 6 KB of script, always the same. */
function built(asset: string): string {
  const lines = 40 + (Number.parseInt(asset, 10) % 80);
  return Array.from({ length: lines }, (_, i) => `export const part${i} = '${asset} line ${i} of ${lines}';`).join(
    '\n',
  );
}

// Compiles the code, so that the first requests of a run do not wait for it.
for (let i = 0; i < 300; i++) {
  await app.inject({ url: `/assets/${i % 50}.js` });
  await app.inject({ url: '/resolve?city=warm-up&lat=0&lon=0' });
}
await app.listen(listen);
send({ kind: 'ready', port: (app.server.address() as AddressInfo).port });
