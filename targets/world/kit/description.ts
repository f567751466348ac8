/** `world.json`, in the shape of src/formats/world-file.ts, which a test holds this to. */
import type { Defect } from '../active-active/defects.ts';
import type { CheckRhythm } from './health-check.ts';
import { LINKS } from './links.ts';
import { PRIMARY, REGIONS, rttMs } from '../active-active/regions.ts';
import { DATABASE } from '../active-active/schema.ts';

/** Ports of 127.0.0.1 by region, and the rest of what is to be told. */
export interface WorldFacts {
  world: string;
  defect: Defect;
  speed: 'fast' | 'real';
  rhythm: CheckRhythm;
  ttlSeconds: number;
  edgePort: number;
  controlPort: number;
  ingress: Record<string, number>;
  apiPorts: Record<string, number>;
  databasePorts: Record<string, number>;
  redisPorts: Record<string, number>;
  toxiproxyUrl: string;
  versions: Record<string, string>;
}

const url = (port: number): string => `http://127.0.0.1:${port}`;

export function describeWorld(facts: WorldFacts): object {
  const { world, defect, speed, rhythm, ttlSeconds, edgePort } = facts;
  return {
    version: 1,
    world,
    defect,
    pid: process.pid,
    startedAt: new Date().toISOString(),
    // As declared; a planted defect may do otherwise.
    routing: {
      url: url(edgePort),
      ttlSeconds,
      speed,
      intervalMs: rhythm.intervalMs,
      threshold: rhythm.threshold,
    },
    control: { url: url(facts.controlPort) },
    edge: { url: url(edgePort) },
    regions: REGIONS.map(({ id, role }) => ({
      id,
      role,
      url: url(facts.ingress[id]!),
      directUrl: url(facts.apiPorts[id]!),
      postgresUrl: `postgres://${DATABASE.user}@127.0.0.1:${facts.databasePorts[id]!}/${DATABASE.database}`,
      redisUrl: `redis://127.0.0.1:${facts.redisPorts[id]!}`,
      rttToPrimaryMs: rttMs(id, PRIMARY.id),
    })),
    toxiproxy: { url: facts.toxiproxyUrl },
    links: LINKS.map((link) => ({ ...link, rttMs: link.to === null ? 0 : rttMs(link.region, link.to) })),
    versions: facts.versions,
  };
}
