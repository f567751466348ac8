/**
 * `world.json`: where a running reference system is and what can be seen and broken in it. Written by a world when
 * it is up (targets/world writes it without importing this file: the judge and the judged share no code; a contract
 * test holds the two together), read by the harness. All addresses are on 127.0.0.1.
 */
import type { ProcessKind, WorldLinkKind } from './faults.ts';
import type { HealthCheck } from './plan.ts';

/** How fast a world's routing reacts: `real` as Route 53 does by default, `fast` so that a test need not wait. */
export const ROUTING_SPEEDS = ['fast', 'real'] as const;
export type RoutingSpeed = (typeof ROUTING_SPEEDS)[number];

/** How long its answers may be believed, seconds. */
export const ROUTING_TTL_SECONDS: Record<RoutingSpeed, number> = { fast: 5, real: 60 };

/** Its health checks, as targets/world/kit/health-check.ts makes them; a test holds the two together. */
export const ROUTING_CHECKS: Record<RoutingSpeed, HealthCheck> = {
  fast: { intervalMs: 1_000, threshold: 3, hangsForMs: { least: 800, most: 800 }, intervalFrom: 'begin' },
  real: { intervalMs: 30_000, threshold: 3, hangsForMs: { least: 4_000, most: 4_000 }, intervalFrom: 'begin' },
};

/** What the database of a region is: the one that takes writes, one that follows it; `stateless` = there is none. */
export const REGION_ROLES = ['primary', 'replica', 'stateless'] as const;
export type RegionRole = (typeof REGION_ROLES)[number];

export interface WorldFile {
  version: 1;
  world: string;
  defect: string | null;
  pid: number;
  startedAt: string;
  routing: {
    /** `GET <url>/resolve?city=<id>&lat=..&lon=..` answers {"region": id, "ttlSeconds": n}. */
    url: string;
    ttlSeconds: number;
    speed: RoutingSpeed;
    /** Of its health checks: a region is taken out of the answers after `threshold` failures, `intervalMs` apart. */
    intervalMs: number;
    threshold: number;
  };
  /**
   * What no proxy can break, over HTTP: `GET /processes`, `POST /processes/{name}/{stop|freeze|empty|pause}` with
   * {"fault": name}, `POST /processes/{name}/restore`; `GET /truth` -> {"events": WorldTruth[]}; `GET /lag` ->
   * {"replicas": [{"region", "lagMs", "alert"}]}; `GET /metrics` -> all of it for Prometheus. Names are those of
   * `processes`.
   * `POST /evacuate/{region}` takes a region out of the routing's answers by hand, `POST /evacuate/{region}/end` undoes
   * it.
   */
  control: { url: string };
  /** CDN edge: static assets. `GET /counters` like a region's. */
  edge: { url: string };
  regions: WorldRegion[];
  toxiproxy: { url: string };
  /**
   * Every link that can break, by its Toxiproxy proxy name. After a promotion there are others beside them, to the new
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
  /** Ingress: Toxiproxy in front of the API. Clients come in here. */
  url: string;
  /** The API process behind it: for health, counters and lag, never for load. */
  directUrl: string;
  /** Its stores, past every link that can break: for looking by hand, and for knowing the truth. null = it has none. */
  postgresUrl: string | null;
  redisUrl: string | null;
  /** null where there is no primary. */
  rttToPrimaryMs: number | null;
}

/** How the far end of a link is looked at; through the link, so that a fault on it shows. */
export type LinkLook = { protocol: 'http'; path: string } | { protocol: 'redis' | 'postgres' };

export interface WorldLink {
  proxy: string;
  kind: WorldLinkKind;
  /** Region the link belongs to; for inter-region links also the far end. */
  region: string;
  to: string | null;
  /** What calls at its near end, and what answers at its far end. */
  near: 'clients' | ProcessKind;
  far: ProcessKind;
  probe: LinkLook;
  /** Emulated round trip of the link's own delay hop, ms. */
  rttMs: number;
}

export interface WorldProcessFile {
  name: string;
  kind: ProcessKind;
  region: string;
  /** How it is looked at past every link. `lag`: a JSON with `ageMs`, the age of the newest heartbeat it has. */
  probe: { protocol: 'http' | 'lag'; url: string } | { protocol: 'redis' | 'postgres'; host: string; port: number };
}
