/** Every route of the system, and where its data may come from: the document that `GET /inventory` serves. */
import type { Defect } from './defects.ts';

export type Source = 'primary' | 'replica' | 'cache';

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** Sources that a response may come from while all servers are up. */
  sources: readonly Source[];
  /** How long an edge may serve a copy, seconds; null for routes that are not cached. */
  ttlSeconds: number | null;
}

/** TTL of copies in the Redis of an edge. */
export const TTL_SECONDS = 2;

const near = { sources: ['primary', 'replica'], ttlSeconds: null } as const;
const cached = { sources: ['primary', 'replica', 'cache'], ttlSeconds: TTL_SECONDS } as const;
const strong = { sources: ['primary'], ttlSeconds: null } as const;

const INVENTORY: readonly Route[] = [
  { method: 'GET', path: '/products?tenant={tenant}', ...cached },
  { method: 'GET', path: '/products/{key}', ...near },
  { method: 'PUT', path: '/products/{key}', ...strong },
  { method: 'DELETE', path: '/products/{key}', ...strong },
  { method: 'POST', path: '/products/{key}/reviews', ...strong },
  { method: 'DELETE', path: '/products/{key}/reviews', ...strong },
  { method: 'GET', path: '/tenants/{tenant}/config', ...cached },
  { method: 'PUT', path: '/tenants/{tenant}/config', ...strong },
  { method: 'POST', path: '/sessions', ...strong },
  { method: 'GET', path: '/sessions/current', ...strong },
  { method: 'DELETE', path: '/sessions/current', ...strong },
  { method: 'GET', path: '/accounts/{account}', ...strong },
  { method: 'PUT', path: '/accounts/{account}', ...strong },
  { method: 'POST', path: '/ledger', ...strong },
  { method: 'GET', path: '/ledger', ...near },
];

/** The inventory, with the defect planted. */
export const listedRoutes = (defect: Defect): readonly Route[] =>
  INVENTORY.map((route) =>
    defect === 'inventory-outdated' && route.path.endsWith('/config') && route.method === 'GET'
      ? { ...route, ...near }
      : route,
  );
