/** The inventory of a target: its routes as a region lists them, and their paths with the placeholders filled. */
import type { z } from 'zod';
import { inventory } from '../../../claims/inventory/observation.ts';
import type { RequestResult, TargetClient } from '../target-client.ts';
import type { Upstream } from '../upstreams.ts';

export type ListedRoute = z.output<typeof inventory>['routes'][number];

/** The GET routes of a region, or why its inventory could not be read. */
export async function listedRoutes(
  client: TargetClient,
  upstream: Upstream,
  path: string,
): Promise<ListedRoute[] | string> {
  const routes = routesIn(await client.request(upstream, path, {}));
  return typeof routes === 'string' ? routes : routes.filter(({ method }) => method === 'GET');
}

function routesIn(result: RequestResult): ListedRoute[] | string {
  if ('failure' in result) return result.failure;
  if (result.status !== 200) return `status ${result.status}`;
  try {
    return inventory.parse(JSON.parse(result.text)).routes;
  } catch {
    return 'its response is not {"routes": [{"method", "path", "sources", "ttlSeconds"}]}';
  }
}

/** The path with its placeholders filled; null if one is unknown. */
export function filledPath(path: string, values: Record<string, string>): string | null {
  let isKnown = true;
  const url = path.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) isKnown = false;
    return encodeURIComponent(value ?? '');
  });
  return isKnown ? url : null;
}

/** The age of a copy by its header `Age`, seconds; null for none. */
export function ageOf(result: RequestResult): number | null {
  if ('failure' in result) return null;
  const age = /^\d+/.exec(String(result.headers['age'] ?? ''))?.[0];
  return age === undefined ? null : Number(age);
}

/** The source that a response names; '' for none. */
export const sourceOf = (result: RequestResult, header: string): string =>
  'failure' in result || header === '' ? '' : String(result.headers[header.toLowerCase()] ?? '');
