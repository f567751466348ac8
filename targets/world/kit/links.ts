/** Sets up the links of a world: a proxy each, with a delay hop in front of it if the link leaves the region. */
import { type Address, onLoopback } from './address.ts';
import { startDelayHop } from './delay-hop.ts';
import type { Ground } from './ground.ts';
import { byRegion, type Link, rttMs, type Topology } from './topology.ts';
import type { Toxiproxy } from './toxiproxy.ts';

/** Finds or creates the proxy of that name, with this upstream; returns its port. */
export type Proxies = (name: string, upstream: Address) => Promise<number>;

export interface Wiring {
  proxies: Proxies;
  ground: Pick<Ground, 'listenAddress' | 'addressFromRegions'>;
  topology: Pick<Topology, 'links' | 'roundTrips'>;
}

/** The proxies of this Toxiproxy; some grounds have created them beforehand. */
export async function proxiesOf(toxiproxy: Toxiproxy): Promise<Proxies> {
  const ready = await toxiproxy.ports();
  return async (name, upstream) => ready[name] ?? toxiproxy.proxy(name, upstream);
}

export interface PrimaryLinks {
  /** Ports of the main process or of Toxiproxy, by region: for writes to the primary, and for streaming from it. */
  primary: Record<string, number>;
  replication: Record<string, number>;
}

/**
 * Creates the links `primary-<region>` and `replication-<region>` to the database at this address in region `primary`,
 * with a delay hop in front of each link that leaves the region. After a promotion the new links get a suffix, so that
 * a fault on a link to the old primary does not affect them.
 */
export async function linksTo(
  { proxies, ground, topology }: Wiring,
  primary: string,
  address: Address,
  replicas: readonly string[],
  suffix = '',
): Promise<PrimaryLinks> {
  const link = async (kind: string, region: string): Promise<[string, number]> => {
    const name = `${kind}-${region}${suffix}`;
    const proxy = await proxies(name, address);
    const oneWayMs = rttMs(topology, region, primary) / 2;
    if (oneWayMs === 0) return [region, proxy];
    return [
      region,
      (await startDelayHop({ oneWayMs, upstream: onLoopback(proxy), listen: ground.listenAddress(name) })).port,
    ];
  };
  const writers = topology.links.filter(({ kind }) => kind === 'primary').map(({ region }) => region);
  const [writes, streams] = await Promise.all([
    Promise.all(writers.map((id) => link('primary', id))),
    Promise.all(replicas.map((id) => link('replication', id))),
  ]);
  return { primary: Object.fromEntries(writes), replication: Object.fromEntries(streams) };
}

/** Creates the links `sync-<from>-<to>` to the APIs at these addresses; returns addresses by caller and callee. */
export async function syncLinks(
  { proxies, ground, topology }: Wiring,
  apis: Record<string, Address>,
): Promise<Record<string, Record<string, Address>>> {
  const create = async ({ proxy: name, region, to }: Link): Promise<[string, Address]> => {
    const upstream = onLoopback(await proxies(name, apis[to!]!));
    const oneWayMs = rttMs(topology, region, to!) / 2;
    const hop = await startDelayHop({ oneWayMs, upstream, listen: ground.listenAddress(name) });
    return [to!, ground.addressFromRegions(hop.port)];
  };
  const from = (region: string): Link[] => topology.links.filter((one) => one.kind === 'sync' && one.region === region);
  return byRegion(Object.keys(apis), async (id) => Object.fromEntries(await Promise.all(from(id).map(create))));
}
