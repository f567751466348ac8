/** The files beside this one that docker-compose.yml mounts, from the same description that the host's world has. */
import { inWords } from '../kit/address.ts';
import { LINKS, type Link } from '../kit/links.ts';
import { POSTGRES_SETTINGS } from '../kit/postgres/settings.ts';
import { PRIMARY, REPLICAS } from '../active-active/regions.ts';
import { slotName } from '../kit/postgres/replica-settings.ts';
import { SEED_SQL } from '../active-active/schema.ts';
import { PORTS, proxyPort, service } from './layout.ts';

/** What stands at the end of each kind of link; of one between regions, in the other one. */
const AT_THE_END = {
  ingress: 'api',
  redis: 'store',
  sync: 'api',
  primary: 'database',
  replication: 'database',
} as const;

const upstream = ({ kind, region, to }: Link): string => {
  const server = AT_THE_END[kind];
  return inWords({ host: service(server, to ?? region), port: PORTS[server] });
};

/** What Toxiproxy is populated from (`-config`): a proxy per link. */
export const toxiproxyConfig = (): string =>
  `${JSON.stringify(
    LINKS.map((link) => ({
      name: link.proxy,
      listen: `0.0.0.0:${proxyPort(link.proxy)}`,
      upstream: upstream(link),
      enabled: true,
    })),
    null,
    2,
  )}\n`;

/** The settings of every database; a replica's own are in a file that the main process writes. */
export const postgresConfig = (): string =>
  [
    '# Written by the tests from postgres-settings.ts (npm run unit -- -u), for every database of docker-compose.yml.',
    ...Object.entries({ listen_addresses: '*', ...POSTGRES_SETTINGS }).map(([key, value]) => `${key} = '${value}'`),
    "include_if_exists = '/var/lib/postgresql/replica.conf'",
    '',
  ].join('\n');

/** What the primary is made with: the shop's data, and a slot for each replica. */
export const seedSql = (): string =>
  [
    '-- Written by the tests from schema.ts (npm run unit -- -u), for the primary of docker-compose.yml.',
    ...SEED_SQL.map((statement) => `${statement};`),
    ...REPLICAS.map(({ id }) => `SELECT pg_create_physical_replication_slot('${slotName(id)}');`),
    `-- ${PRIMARY.id} is the primary.`,
    '',
  ].join('\n');
