/**
 * After the load, requests the cached routes of every region as other tenants, logins and languages, for `cache-scope`.
 */
import type { ObservedScopes, ScopedRoute } from '../../../claims/cache-scope/observation.ts';
import { type RequestResult, type TargetClient, createTargetClient } from '../target-client.ts';
import type { Upstream } from '../upstreams.ts';
import { ageOf, filledPath, listedRoutes, sourceOf } from './listed-routes.ts';
import { afterLoad, type Observer, pause } from './observer.ts';

const TIMEOUT_MS = 5_000;
/** The copies of the load must have expired before the first request. Routes with longer TTLs stay undecided. */
const MAX_TTL_SECONDS = 10;
const AFTER_TTL_MS = 500;

/** Tenants that send nothing else in the run. */
const TENANT = 'antipode-a';
const OTHER_TENANT = 'antipode-b';

interface Variant {
  name: string;
  tenant: string;
  headers: Record<string, string>;
}

export const cacheScope: Observer = ({ plan, target, upstreams }) => {
  if (target.inventory === null || !plan.claims.some(({ kind }) => kind === 'cache-scope')) return null;
  const { path, values, variants } = target.inventory;
  const headerSets = variants.map((headers) => ({ name: Object.keys(headers).join(' and '), tenant: TENANT, headers }));
  return afterLoad(async () => {
    await using client = createTargetClient(target, plan, TIMEOUT_MS);
    const seen: ObservedScopes = await Promise.all(
      upstreams.regions.map(async (upstream, i) => {
        const scope = new Scope(client, upstream, target.observe.source, { key: '1', ...values });
        return { region: plan.regions[i]!.id, ...(await scope.of(path, headerSets)) };
      }),
    );
    return [{ kind: 'observation', of: 'cache-scope', seen }];
  });
};

/** The cached routes of one region. */
class Scope {
  private readonly client: TargetClient;
  private readonly upstream: Upstream;
  private readonly sourceHeader: string;
  private readonly values: Record<string, string>;

  constructor(client: TargetClient, upstream: Upstream, sourceHeader: string, values: Record<string, string>) {
    this.client = client;
    this.upstream = upstream;
    this.sourceHeader = sourceHeader;
    this.values = values;
  }

  async of(path: string, headerSets: Variant[]): Promise<{ failure: string | null; routes: ScopedRoute[] }> {
    const listed = await listedRoutes(this.client, this.upstream, path);
    if (typeof listed === 'string') return { failure: listed, routes: [] };
    const kept = listed.filter(({ ttlSeconds }) => ttlSeconds !== null);
    const cached = kept.filter(({ ttlSeconds }) => ttlSeconds! <= MAX_TTL_SECONDS);
    await pause(1_000 * Math.max(0, ...cached.map(({ ttlSeconds }) => ttlSeconds!)) + AFTER_TTL_MS);
    const routes = kept
      .filter(({ ttlSeconds }) => ttlSeconds! > MAX_TTL_SECONDS)
      .map(({ method, path: template }): ScopedRoute => ({
        name: `${method} ${template}`,
        isCached: false,
        variants: [],
      }));
    for (const { method, path: template } of cached) {
      const tenants = template.includes('{tenant}')
        ? [{ name: 'another tenant', tenant: OTHER_TENANT, headers: {} }]
        : [];
      routes.push({ name: `${method} ${template}`, ...(await this.route(template, [...tenants, ...headerSets])) });
    }
    return { failure: null, routes };
  }

  /** The same request twice, so that there is a copy; then each variant once, before that copy expires. */
  private async route(template: string, variants: Variant[]): Promise<Omit<ScopedRoute, 'name'>> {
    const plain = { name: '', tenant: TENANT, headers: {} };
    await this.request(template, plain);
    const { isCopy: isCached } = await this.request(template, plain);
    const seen: ScopedRoute['variants'] = [];
    for (const variant of variants) seen.push({ name: variant.name, ...(await this.request(template, variant)) });
    return { isCached, variants: seen };
  }

  private async request(
    template: string,
    { tenant, headers }: Variant,
  ): Promise<{ status: number | null; isCopy: boolean }> {
    const url = filledPath(template, { ...this.values, tenant });
    if (url === null) return { status: null, isCopy: false };
    const result: RequestResult = await this.client.request(this.upstream, url, {}, { headers });
    const isCopy = ageOf(result) !== null || sourceOf(result, this.sourceHeader) === 'cache';
    return { status: 'failure' in result ? null : result.status, isCopy };
  }
}
