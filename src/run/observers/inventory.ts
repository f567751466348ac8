/** Reads the inventory of every region after the load, and requests each of its routes, for the claim on it. */
import type { ObservedInventories, ObservedRoute, RouteResponse } from '../../../claims/inventory/observation.ts';
import { type RequestResult, type TargetClient, createTargetClient } from '../target-client.ts';
import type { Upstream } from '../upstreams.ts';
import { ageOf, filledPath, listedRoutes, sourceOf } from './listed-routes.ts';
import { afterLoad, LIMIT_SHARE, type ObservedRun, type Observer, pause } from './observer.ts';

const TIMEOUT_MS = 5_000;
/** A copy that must have expired is looked for this long after the longest TTL, if that is short enough to wait for. */
const AFTER_TTL_MS = 1_500;
const MAX_TTL_SECONDS = 10;

export const inventory: Observer = (run) => {
  const { plan, target } = run;
  if (target.inventory === null || !plan.claims.some(({ kind }) => kind === 'inventory')) return null;
  const { path, values } = target.inventory;
  return afterLoad(async () => {
    await using client = createTargetClient(target, plan, TIMEOUT_MS);
    const crawl = new Crawl(run, client, { tenant: plan.tenants[0]?.id ?? '', key: '1', ...values });
    return [{ kind: 'observation', of: 'inventory', seen: await crawl.all(path) }];
  });
};

const NO_RESPONSE = { status: null, source: '', ageSeconds: null } as const;

class Crawl {
  private readonly run: ObservedRun;
  private readonly client: TargetClient;
  /** What placeholders in paths are filled with. */
  private readonly values: Record<string, string>;
  private readonly spacingMs: number;

  constructor(run: ObservedRun, client: TargetClient, values: Record<string, string>) {
    this.run = run;
    this.client = client;
    this.values = values;
    this.spacingMs = (1_000 * run.upstreams.regions.length) / (LIMIT_SHARE * run.target.maxRatePerSecond);
  }

  all(path: string): Promise<ObservedInventories> {
    const { upstreams, plan } = this.run;
    return Promise.all(
      upstreams.regions.map(async (upstream, i) => ({
        region: plan.regions[i]!.id,
        ...(await this.of(upstream, path)),
      })),
    );
  }

  /** Every GET route whose path can be filled, three times: at once, again, and when copies must have expired. */
  private async of(upstream: Upstream, path: string): Promise<{ failure: string | null; routes: ObservedRoute[] }> {
    const routes = await listedRoutes(this.client, upstream, path);
    if (typeof routes === 'string') return { failure: routes, routes: [] };
    const known = routes.map((route) => ({ ...route, url: filledPath(route.path, this.values) }));
    const observed = known.map(({ method, path: template, sources, ttlSeconds }): ObservedRoute => ({
      name: `${method} ${template}`,
      sources,
      ttlSeconds,
      responses: [],
    }));
    const ask = async (): Promise<void> => {
      for (const [i, { url }] of known.entries()) {
        // Observed without a response, so that it is not taken for a route that agrees.
        if (url === null) continue;
        observed[i]!.responses.push(this.response(await this.client.request(upstream, url, {})));
        await pause(this.spacingMs);
      }
    };
    await ask();
    await ask();
    const ttlSeconds = Math.max(...observed.map((route) => route.ttlSeconds ?? 0), 0);
    if (ttlSeconds > 0 && ttlSeconds <= MAX_TTL_SECONDS) {
      await pause(1_000 * ttlSeconds + AFTER_TTL_MS);
      await ask();
    }
    return { failure: null, routes: observed };
  }

  private response(result: RequestResult): RouteResponse {
    if ('failure' in result) return { ...NO_RESPONSE, failure: result.failure };
    const source = sourceOf(result, this.run.target.observe.source);
    return { status: result.status, failure: null, source, ageSeconds: ageOf(result) };
  }
}
