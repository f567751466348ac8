import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TOPOLOGY } from '../active-active/topology.ts';
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
const world = Object.entries(services).filter(([, { profiles }]) => profiles?.includes('world'));
const networksOf = ({ networks: given = [] }: Service): string[] => (Array.isArray(given) ? given : Object.keys(given));

describe('docker-compose.yml', () => {
  it('has the servers of every region, each under its name in the network of its region alone', () => {
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

  it('seals the network of every region, and lets Toxiproxy alone stand in all of them', () => {
    expect(REGIONS.map(({ id }) => networks[id]?.internal)).toEqual(REGIONS.map(() => true));
    expect(networksOf(services['toxiproxy']!).toSorted()).toEqual(
      ['clients', ...REGIONS.map(({ id }) => id)].toSorted(),
    );
    const joined = services['toxiproxy']!.networks as Record<string, { aliases: string[] }>;
    for (const { id } of REGIONS) expect(joined[id]!.aliases).toEqual([HUB]);
    const others = Object.entries(services).filter(([, one]) => networksOf(one).length > 1);
    expect(others.map(([name]) => name)).toEqual(['toxiproxy']);
  });

  it('publishes on 127.0.0.1 what is documented, under the same numbers, and nothing else', () => {
    const ports = world.flatMap(([, { ports: given = [] }]) => given);
    expect(ports).toEqual(published(TOPOLOGY).map(({ port }) => `127.0.0.1:${port}:${port}`));
    const rest = Object.values(services).flatMap(({ ports = [] }) => ports);
    expect(rest.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('runs everything without root, with a root file system that cannot be written, no capability and limited memory', () => {
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

  it('pins every image that is not ours, and says of every long-running service when it is healthy', () => {
    for (const [name, one] of Object.entries(services)) {
      expect([name, one.image]).toEqual([name, expect.stringMatching(/:(v?\d+\.\d+\.\d+|18\.6|local)$/)]);
      const runsOnce = /^(own-)?(load|chaos|heal)$/.test(name);
      expect([name, one.healthcheck !== undefined]).toEqual([name, !runsOnce]);
    }
  });

  it('tells programs and the main process where they find each other, and which world they are', () => {
    expect(services['world']!.environment).toMatchObject({ ANTIPODE_WORLD: 'active-active' });
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
