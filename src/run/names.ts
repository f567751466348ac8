/** Resolves the names of a target before the load, and again during it by TTL, as clients' resolvers do. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { ResolvedName } from '../formats/journal.ts';
import type { LaneAddresses } from '../formats/lanes.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

/** The least time between two look-ups, whatever TTL the target file declares. */
const MIN_SECONDS = 1;
/** Deadline for a TCP connect; a family that takes longer is not preferred. */
const PROBE_DEADLINE_MS = 2000;

/** Resolves a name to all its addresses; rejects if there are none. */
export type Lookup = (host: string) => Promise<string[]>;

/** localhost and its subdomains have both loopback addresses, whatever /etc/hosts holds (RFC 6761, 6.3). */
const LOCALHOST = /^(.+\.)?localhost\.?$/i;
const LOOPBACK = ['127.0.0.1', '::1'];

/** Uses the resolver of this machine, including /etc/hosts. Rejects with its code, such as ENOTFOUND. */
export const lookUpAddresses: Lookup = async (host) => {
  const query = async (name: string): Promise<string[]> =>
    (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);
  if (LOCALHOST.test(host)) return [...new Set([...(await query(host).catch(() => [])), ...LOOPBACK])];
  // A final dot marks a fully qualified name for DNS; /etc/hosts does not support it.
  const found = await query(host).catch((cause: unknown) => {
    if (!host.endsWith('.')) throw cause;
    return query(host.slice(0, -1));
  });
  return [...new Set(found)];
};

const ofFamily = (addresses: string[], family: number): string[] =>
  addresses.filter((address) => isIP(address) === family);

/**
 * The addresses of one family: IPv4 if there is any, as in k6, unless only IPv6 accepts connections. `localhost` has
 * both, and a server may listen on one of them.
 */
export async function reachableFamily(addresses: string[], port: number): Promise<string[]> {
  const [v4, v6] = [ofFamily(addresses, 4), ofFamily(addresses, 6)];
  if (v4.length === 0 || v6.length === 0) return addresses;
  if (await anyConnects(v4, port)) return v4;
  return (await anyConnects(v6, port)) ? v6 : v4;
}

const anyConnects = (addresses: string[], port: number): Promise<boolean> =>
  Promise.any(addresses.map((host) => connects(host, port))).catch(() => false);

function connects(host: string, port: number): Promise<true> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: PROBE_DEADLINE_MS });
    const fail = (): void => {
      socket.destroy();
      reject(new Error('no connection'));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', fail).once('timeout', fail);
  });
}

/** The names that DNS resolved, each once, without those that `resolve:` of the target file sets. */
export function resolvedNames(upstreams: Upstreams): ResolvedName[] {
  const names = new Map(fromDns(upstreams).map(({ host, addresses }) => [host, addresses]));
  return [...names].map(([name, addresses]) => ({ name, addresses, error: null }));
}

const fromDns = ({ regions, edge }: Upstreams): Upstream[] =>
  [...regions, ...(edge ? [edge] : [])].filter((upstream) => upstream.isFromDns);

/**
 * Resolves the names again every `ttlSeconds` and reports changes: `setAddresses` for lanes, `onChange` for the
 * journal. After an error the addresses stay as they were.
 */
export function followNames(options: {
  upstreams: Upstreams;
  ttlSeconds: number;
  setAddresses(of: LaneAddresses): void;
  onChange(names: ResolvedName[]): void;
  lookUp?: Lookup;
}): { stop(): void } {
  const { upstreams, setAddresses, onChange, lookUp = lookUpAddresses } = options;
  const followed = fromDns(upstreams);
  let known = resolvedNames(upstreams);
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const schedule = (): void => {
    timer = setTimeout(() => void resolveAll(), Math.max(MIN_SECONDS, options.ttlSeconds) * 1000);
  };
  const resolveAll = async (): Promise<void> => {
    const answers = await Promise.all(known.map((name) => answerOf(name, lookUp)));
    if (isOver) return;
    const changed = answers.filter((answer, i) => !isSame(answer, known[i]!));
    for (const { name, addresses } of changed) {
      for (const upstream of followed.filter(({ host }) => host === name)) {
        setAddresses({ name: laneName(upstream), addresses });
      }
    }
    known = answers;
    if (changed.length > 0) onChange(changed);
    schedule();
  };
  if (known.length > 0) schedule();
  return {
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** The name of an upstream in the lane process. */
export const laneName = ({ host, port }: Upstream): string => `${host}:${port}`;

/** Keeps the address family that was chosen before, if the name still has an address of it. */
async function answerOf({ name, addresses: before }: ResolvedName, lookUp: Lookup): Promise<ResolvedName> {
  try {
    const all = await lookUp(name);
    const same = ofFamily(all, isIP(before[0]!));
    return { name, addresses: same.length > 0 ? same : all, error: null };
  } catch (cause) {
    return { name, addresses: before, error: (cause as NodeJS.ErrnoException).code ?? String(cause) };
  }
}

/** Ignores the order, which a resolver may rotate. */
const isSame = (a: ResolvedName, b: ResolvedName): boolean =>
  a.error === b.error && a.addresses.toSorted().join() === b.addresses.toSorted().join();

/**
 * Settings of k6's own resolver, for connections without a lane: a random address for each connection, IPv4 if there is
 * any, with the target's TTL (k6's default is five minutes).
 */
export const k6Resolver = (ttlSeconds: number): Record<string, string> => ({
  K6_DNS: `ttl=${Math.round(ttlSeconds * 1000)}ms,select=random,policy=preferIPv4`,
});
