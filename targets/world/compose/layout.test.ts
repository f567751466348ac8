import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TOPOLOGY } from '../active-active/topology.ts';
import { WORLDS } from '../worlds.ts';
import { dataDirectory, HUB, ORDERS_DIRECTORY, PORTS, published, service, WORLD_FILE } from './layout.ts';

const REGIONS = TOPOLOGY.regions;

interface Service {
  image?: string;
  user?: string;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  ports?: string[];
  networks?: string[] | Record<string, { aliases?: string[] } | null>;
  network_mode?: string;
  volumes?: unknown[];
  environment?: Record<string, string>;
  hostname?: string;
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
}

const file = new URL('../../../docker-compose.yml', import.meta.url);
const compose = parse(await readFile(file, 'utf8'), { merge: true, maxAliasCount: -1 }) as {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
};
const { services, networks } = compose;
/** The profile of the database that single-brain does not have. */
const IN_EUROPE = '${ANTIPODE_DATABASE_IN_EUROPE:-world}';
const world = Object.entries(services).filter(([, { profiles }]) =>
  profiles?.some((profile) => profile === 'world' || profile === IN_EUROPE),
);
const networksOf = ({ networks: given = [] }: Service): string[] => (Array.isArray(given) ? given : Object.keys(given));

describe('docker-compose.yml', () => {
  it('has the servers of every region, each only in the network of its region', () => {
    for (const { id } of REGIONS) {
      for (const kind of ['api', 'database', 'store'] as const) {
        const name = service(kind, id);
        expect([name, services[name]?.hostname, networksOf(services[name] ?? {})]).toEqual([name, name, [id]]);
        expect(services[name]!.volumes).toContain(`orders:${ORDERS_DIRECTORY}`);
      }
    }
    expect(world.map(([name]) => name).toSorted()).toEqual(
      ['edge', 'keeper', 'toxiproxy', 'world']
        .concat(REGIONS.flatMap(({ id }) => (['api', 'database', 'store'] as const).map((kind) => service(kind, id))))
        .toSorted(),
    );
  });

  it('isolates the network of every region, and connects only Toxiproxy to all of them', () => {
    expect(REGIONS.map(({ id }) => networks[id]?.internal)).toEqual(REGIONS.map(() => true));
    expect(networksOf(services['toxiproxy']!).toSorted()).toEqual(
      ['clients', ...REGIONS.map(({ id }) => id)].toSorted(),
    );
    const joined = services['toxiproxy']!.networks as Record<string, { aliases: string[] }>;
    for (const { id } of REGIONS) expect(joined[id]!.aliases).toEqual([HUB]);
    const others = Object.entries(services).filter(([, one]) => networksOf(one).length > 1);
    expect(others.map(([name]) => name)).toEqual(['toxiproxy']);
  });

  it('publishes only the documented ports, on 127.0.0.1', () => {
    const ports = world.flatMap(([, { ports: given = [] }]) => given);
    expect(ports).toEqual(published(TOPOLOGY).map(({ port }) => `127.0.0.1:${port}:${port}`));
    const rest = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(rest.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it.each(Object.entries(WORLDS))('has the servers and ports of %s', (name, one) => {
    const { topology } = one;
    const servers = topology.regions.flatMap(({ id, servers: kinds }) => kinds.map((kind) => service(kind, id)));
    expect(Object.keys(services)).toEqual(expect.arrayContaining(servers));
    const ports = services['toxiproxy']!.ports!;
    expect(ports).toEqual(expect.arrayContaining(published(topology).map(({ port }) => `127.0.0.1:${port}:${port}`)));
    const [optional] = Object.entries(services).filter(([, { profiles }]) => profiles?.includes(IN_EUROPE));
    expect(optional![0]).toBe('postgres-eu-west-1');
    expect(servers.includes('postgres-eu-west-1')).toBe(name === 'active-active');
  });

  it('runs every service without root, with a read-only root file system, no capabilities and limited memory', () => {
    for (const [name, one] of Object.entries(services)) {
      expect([name, one.read_only, one.cap_drop, one.security_opt]).toEqual([
        name,
        true,
        ['ALL'],
        ['no-new-privileges:true'],
      ]);
      expect([name, one.mem_limit]).toEqual([name, expect.stringMatching(/^\d+[mg]$/)]);
      expect([name, one.user ?? 'of its image']).not.toEqual([name, expect.stringMatching(/^(0|root)\b/)]);
    }
  });

  it('pins every third-party image, and has a health check for every long-running service', () => {
    for (const [name, one] of Object.entries(services)) {
      expect([name, one.image]).toEqual([name, expect.stringMatching(/:(v?\d+\.\d+\.\d+|18\.6|local)$/)]);
      const runsOnce = /^(own-)?(load|chaos|heal)$/.test(name);
      expect([name, one.healthcheck !== undefined]).toEqual([name, !runsOnce]);
    }
  });

  it('configures how the programs reach the main process, and which world they run', () => {
    expect(services['world']!.environment).toMatchObject({ ANTIPODE_WORLD: '${ANTIPODE_WORLD:-active-active}' });
    for (const { id } of REGIONS) {
      expect(services[service('api', id)]!.environment).toEqual({
        ANTIPODE_MAIN: `${HUB}:${PORTS.programs}`,
        ANTIPODE_NAME: service('api', id),
      });
      expect(services['world']!.volumes).toContain(`${service('database', id)}:${dataDirectory(id)}`);
    }
    expect(services['edge']!.environment).toEqual({
      ANTIPODE_MAIN: `127.0.0.1:${PORTS.programs}`,
      ANTIPODE_NAME: 'edge',
    });
    expect(JSON.stringify(services['load'])).toContain(WORLD_FILE);
    expect(JSON.stringify(services['chaos'])).toContain(WORLD_FILE);
  });
});
