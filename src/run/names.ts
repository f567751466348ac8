/** What the names of a target lead to: asked before the load, and again during it as clients' resolvers would. */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import type { ResolvedName } from '../formats/journal.ts';
import type { LaneAddresses } from '../formats/lanes.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

/** Nobody is asked more often, whatever TTL the target file names. */
const LEAST_SECONDS = 1;
/** A server on this network answers sooner, and one that does not is not preferred. */
const PROBE_DEADLINE_MS = 2000;

/** All addresses of a name, or why there are none. */
export type Ask = (host: string) => Promise<string[]>;

/** Both addresses of every name below it, whatever a hosts file says (RFC 6761, 6.3). */
const LOCALHOST = /^(.+\.)?localhost\.?$/i;
const LOOPBACK = ['127.0.0.1', '::1'];

/** Asks the resolver of this machine, /etc/hosts included. Rejects with its code, such as ENOTFOUND. */
export const askResolver: Ask = async (host) => {
  const ask = async (name: string): Promise<string[]> =>
    (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);
  if (LOCALHOST.test(host)) return [...new Set([...(await ask(host).catch(() => [])), ...LOOPBACK])];
  // A final dot makes a name full for DNS; /etc/hosts knows no such spelling.
  const found = await ask(host).catch((cause: unknown) => {
    if (!host.endsWith('.')) throw cause;
    return ask(host.slice(0, -1));
  });
  return [...new Set(found)];
};

const ofFamily = (addresses: string[], family: number): string[] =>
  addresses.filter((address) => isIP(address) === family);

/**
 * The addresses of one family: IPv4 where there is any, as k6 takes them, unless only IPv6 answers. `localhost` is
 * both, and a server may listen on one of them.
 */
export async function familyThatAnswers(addresses: string[], port: number): Promise<string[]> {
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
    const no = (): void => {
      socket.destroy();
      reject(new Error('no answer'));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', no).once('timeout', no);
  });
}

/** Names that were looked up, each once; those that the target file fixes are not among them. */
export function resolvedNames(upstreams: Upstreams): ResolvedName[] {
  const names = new Map(fromDns(upstreams).map(({ host, addresses }) => [host, addresses]));
  return [...names].map(([name, addresses]) => ({ name, addresses, error: null }));
}

const fromDns = ({ regions, edge }: Upstreams): Upstream[] =>
  [...regions, ...(edge ? [edge] : [])].filter((upstream) => upstream.isAsked);

/**
 * Asks for the names again every `ttlSeconds` and tells what has changed: the lanes that lead elsewhere, and the names,
 * for the journal. After an error everything stays where it was.
 */
export function followNames(options: {
  upstreams: Upstreams;
  ttlSeconds: number;
  lead(to: LaneAddresses): void;
  changed(names: ResolvedName[]): void;
  ask?: Ask;
}): { stop(): void } {
  const { upstreams, lead, changed, ask = askResolver } = options;
  const followed = fromDns(upstreams);
  let known = resolvedNames(upstreams);
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    timer = setTimeout(() => void round(), Math.max(LEAST_SECONDS, options.ttlSeconds) * 1000);
  };
  const round = async (): Promise<void> => {
    const answers = await Promise.all(known.map((name) => answerOf(name, ask)));
    if (isOver) return;
    const news = answers.filter((answer, i) => !isSame(answer, known[i]!));
    for (const { name, addresses } of news) {
      for (const upstream of followed.filter(({ host }) => host === name)) {
        lead({ name: laneName(upstream), addresses });
      }
    }
    known = answers;
    if (news.length > 0) changed(news);
    again();
  };
  if (known.length > 0) again();
  return {
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** What lanes to it are known by. */
export const laneName = ({ host, port }: Upstream): string => `${host}:${port}`;

/** Stays with the family that was chosen before, if there is still an address of it. */
async function answerOf({ name, addresses: before }: ResolvedName, ask: Ask): Promise<ResolvedName> {
  try {
    const all = await ask(name);
    const same = ofFamily(all, isIP(before[0]!));
    return { name, addresses: same.length > 0 ? same : all, error: null };
  } catch (cause) {
    return { name, addresses: before, error: (cause as NodeJS.ErrnoException).code ?? String(cause) };
  }
}

/** The order is that of the resolver, which may turn it at each answer. */
const isSame = (a: ResolvedName, b: ResolvedName): boolean =>
  a.error === b.error && a.addresses.toSorted().join() === b.addresses.toSorted().join();

/**
 * k6's own resolver, for connections that no lane carries: one of all addresses for each connection, IPv4 where there
 * is any, asked again after the TTL (its own default is five minutes).
 */
export const k6Resolver = (ttlSeconds: number): Record<string, string> => ({
  K6_DNS: `ttl=${Math.round(ttlSeconds * 1000)}ms,select=random,policy=preferIPv4`,
});
