/** The files beside this one that docker-compose.yml mounts, from the same values that the host's world is made of. */
import { inWords } from '../kit/address.ts';
import { slotName } from '../kit/postgres/replica-settings.ts';
import { POSTGRES_SETTINGS } from '../kit/postgres/settings.ts';
import type { Topology } from '../kit/topology.ts';
import type { World } from '../kit/world.ts';
import { PORTS, proxyPort, service } from './layout.ts';

/** What Toxiproxy is populated from (`-config`): a proxy per link. */
export const toxiproxyConfig = ({ links }: Topology): string =>
  `${JSON.stringify(
    links.map(({ proxy, region, to, far }) => ({
      name: proxy,
      listen: `0.0.0.0:${proxyPort(links, proxy)}`,
      upstream: inWords({ host: service(far, to ?? region), port: PORTS[far] }),
      enabled: true,
    })),
    null,
    2,
  )}\n`;

/** The settings of every database; a replica's own are in a file that the main process writes. */
export const postgresConfig = (): string =>
  [
    '# Written by the tests from kit/postgres/settings.ts (npm run unit -- -u), for all databases of docker-compose.yml.',
    ...Object.entries({ listen_addresses: '*', ...POSTGRES_SETTINGS }).map(([key, value]) => `${key} = '${value}'`),
    "include_if_exists = '/var/lib/postgresql/replica.conf'",
    '',
  ].join('\n');

/** What the primary is made with: the data of its world, and a slot for each replica. */
export const seedSql = ({ seed, topology }: Pick<World, 'seed' | 'topology'>): string =>
  [
    '-- Written by the tests from schema.ts (npm run unit -- -u), for the primary of docker-compose.yml.',
    ...seed.map((statement) => `${statement};`),
    ...topology.regions
      .filter(({ role }) => role === 'replica')
      .map(({ id }) => `SELECT pg_create_physical_replication_slot('${slotName(id)}');`),
    `-- ${topology.primary} is the primary.`,
    '',
  ].join('\n');
