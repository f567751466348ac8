/**
 * `world.json`: the addresses of a running reference system and what can be observed and broken in it. Written by a
 * world when it is up (targets/world does not import this file, because judge and judged share no code; a contract test
 * compares the two), read by the harness. All addresses are on 127.0.0.1.
 */
import type { ProcessKind, WorldLinkKind } from './faults.ts';
import type { HealthCheck } from './plan.ts';

/** How fast a world's routing reacts: `real` as Route 53 by default, `fast` for short tests. */
export const ROUTING_SPEEDS = ['fast', 'real'] as const;
export type RoutingSpeed = (typeof ROUTING_SPEEDS)[number];

/** TTL of its answers, seconds. */
export const ROUTING_TTL_SECONDS: Record<RoutingSpeed, number> = { fast: 5, real: 60 };

/** Its health checks, as in targets/world/kit/health-check.ts; a test compares the two. */
export const ROUTING_CHECKS: Record<RoutingSpeed, HealthCheck> = {
  fast: { intervalMs: 1_000, threshold: 3, hangsForMs: { least: 800, most: 800 }, intervalFrom: 'begin' },
  real: { intervalMs: 30_000, threshold: 3, hangsForMs: { least: 4_000, most: 4_000 }, intervalFrom: 'begin' },
};

/** The database of a region: the one that takes writes, a replica of it, or none (`stateless`). */
export const REGION_ROLES = ['primary', 'replica', 'stateless'] as const;
export type RegionRole = (typeof REGION_ROLES)[number];

export interface WorldFile {
  version: 1;
  world: string;
  defect: string | null;
  pid: number;
  startedAt: string;
  routing: {
    /** `GET <url>/resolve?city=<id>&lat=..&lon=..` returns {"region": id, "ttlSeconds": n}. */
    url: string;
    ttlSeconds: number;
    speed: RoutingSpeed;
    /** Its health checks: a region is removed from the answers after `threshold` failures, `intervalMs` apart. */
    intervalMs: number;
    threshold: number;
  };
  /**
   * Control API that faults do not affect: `GET /processes`, `POST /processes/{name}/{stop|freeze|empty|fill|pause}`
   * with {"fault": name}, `POST /processes/{name}/restore`; `GET /truth` -> {"events": WorldTruth[]}; `GET /lag` ->
   * {"replicas": [{"region", "lagMs", "alert"}]}; `GET /metrics` -> all of it for Prometheus. Names are those of
   * `processes`. `POST /evacuate/{region}` removes a region from the routing's answers, `POST /evacuate/{region}/end`
   * undoes it.
   */
  control: { url: string };
  /** CDN edge: static assets. `GET /counters` like a region's. */
  edge: { url: string };
  regions: WorldRegion[];
  toxiproxy: { url: string };
  /**
   * Every link that can break, by its Toxiproxy proxy name. After a promotion there are further links to the new
   * primary, with the epoch in their names; they are not listed.
   */
  links: WorldLink[];
  /** Every process that can be broken. */
  processes: WorldProcessFile[];
  /** Server versions, for the environment part of reports. */
  versions: Record<string, string>;
}

export interface WorldRegion {
  id: string;
  role: RegionRole;
  /** Ingress: Toxiproxy in front of the API, for clients. */
  url: string;
  /** The API process behind it: for health, counters and lag, never for load. */
  directUrl: string;
  /** Its stores, bypassing every link that can break: for debugging and cross-checks. null = it has none. */
  postgresUrl: string | null;
  redisUrl: string | null;
  /** null where there is no primary. */
  rttToPrimaryMs: number | null;
}

/** How the far end of a link is probed; through the link, so that a fault on it shows. */
export type LinkProbe = { protocol: 'http'; path: string } | { protocol: 'redis' | 'postgres' };

export interface WorldLink {
  proxy: string;
  kind: WorldLinkKind;
  /** Region the link belongs to; for inter-region links also the far end. */
  region: string;
  to: string | null;
  /** The caller at its near end, and the server at its far end. */
  near: 'clients' | ProcessKind;
  far: ProcessKind;
  probe: LinkProbe;
  /** Emulated round trip of the link's own delay hop, ms. */
  rttMs: number;
}

export interface WorldProcessFile {
  name: string;
  kind: ProcessKind;
  region: string;
  /** How it is probed, bypassing every link. `lag`: a JSON with `ageMs`, the age of its newest heartbeat. */
  probe: { protocol: 'http' | 'lag'; url: string } | { protocol: 'redis' | 'postgres'; host: string; port: number };
}
