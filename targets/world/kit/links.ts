/** The links that can break: which there are, and how those between regions are laid, a delay hop and a proxy each. */
import { type Address, onLoopback } from './address.ts';
import { startDelayHop } from './delay-hop.ts';
import type { Ground } from './ground.ts';
import { PRIMARY, REGIONS, REPLICAS, rttMs } from '../active-active/regions.ts';

export interface Link {
  /** Name of its Toxiproxy proxy. */
  proxy: string;
  kind: 'ingress' | 'redis' | 'primary' | 'replication' | 'sync';
  region: string;
  /** The region at its far end; null within one. */
  to: string | null;
}

/** Every link of a world that has just come up. */
export const LINKS: readonly Link[] = REGIONS.flatMap(({ id }): Link[] => {
  const link = (kind: Link['kind'], to: string | null): Link => ({ proxy: `${kind}-${id}`, kind, region: id, to });
  const others = REGIONS.filter((other) => other.id !== id);
  return [
    link('ingress', null),
    link('redis', null),
    link('primary', PRIMARY.id),
    ...(REPLICAS.some((replica) => replica.id === id) ? [link('replication', PRIMARY.id)] : []),
    ...others.map((other) => ({ ...link('sync', other.id), proxy: `sync-${id}-${other.id}` })),
  ];
});

/** Makes the proxy of that name to that address, or finds it; returns its port. */
export type Proxies = (name: string, upstream: Address) => Promise<number>;

export interface PrimaryLinks {
  /** Ports of the main process or of Toxiproxy, by region: the way to the primary, and what its replica streams from. */
  primary: Record<string, number>;
  replication: Record<string, number>;
}

/**
 * Lays the links `primary-<region>` and `replication-<region>` to the database at that address of region `primary`, with
 * a delay hop in front of each that leaves the region. A later primary's links are others: they carry a suffix, and a
 * fault on a link to the old one does not touch them.
 */
export async function linksTo(
  { proxies, ground }: { proxies: Proxies; ground: Ground },
  primary: string,
  address: Address,
  replicas: readonly string[],
  suffix = '',
): Promise<PrimaryLinks> {
  const link = async (kind: string, region: string): Promise<[string, number]> => {
    const name = `${kind}-${region}${suffix}`;
    const proxy = await proxies(name, address);
    const oneWayMs = rttMs(region, primary) / 2;
    if (oneWayMs === 0) return [region, proxy];
    return [region, (await startDelayHop({ oneWayMs, upstream: onLoopback(proxy), listen: ground.door(name) })).port];
  };
  const [writes, streams] = await Promise.all([
    Promise.all(REGIONS.map(({ id }) => link('primary', id))),
    Promise.all(replicas.map((id) => link('replication', id))),
  ]);
  return { primary: Object.fromEntries(writes), replication: Object.fromEntries(streams) };
}

/** Lays the links `sync-<from>-<to>` to the APIs at these addresses, both ways; returns them by caller and callee. */
export async function syncLinks(
  { proxies, ground }: { proxies: Proxies; ground: Ground },
  apis: Record<string, Address>,
): Promise<Record<string, Record<string, Address>>> {
  const link = async ({ proxy: name, region, to }: Link): Promise<[string, Address]> => {
    const upstream = onLoopback(await proxies(name, apis[to!]!));
    const hop = await startDelayHop({ oneWayMs: rttMs(region, to!) / 2, upstream, listen: ground.door(name) });
    return [to!, ground.reached(hop.port)];
  };
  const from = (region: string): Link[] => LINKS.filter((one) => one.kind === 'sync' && one.region === region);
  return Object.fromEntries(
    await Promise.all(
      REGIONS.map(async ({ id }) => [id, Object.fromEntries(await Promise.all(from(id).map(link)))] as const),
    ),
  );
}
