import { isIP } from 'node:net';
import { hostKey, inYaml } from '../config/hosts.ts';
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { LaneSpec } from '../formats/lanes.ts';
import { EDGE_RTT_MS } from '../formats/plan.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerConfig, PlayerEndpoint, PlayerOptions } from '../formats/player.ts';
import type { WorldFile } from '../formats/world-file.ts';
import { lookUpAddresses, reachableFamily, laneName } from './names.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

/** Names that k6 (2.2, lib/types/hosts.go) accepts in its `hosts`: no underscore, no final dot, no IPv6 address. */
const K6_HOST = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;

/**
 * The upstreams of a running world if there is one, else of the target file. Names are resolved here, and again by
 * `followNames`: lanes connect to addresses, so that connections do not include a look-up from this machine. `placeOf`
 * returns the location of a key in the target file.
 *
 * @throws exit 2 for a name that does not resolve; nothing has been sent then.
 */
export async function upstreamsOf(
  target: Target,
  world: WorldFile | null,
  plan: RunPlan,
  placeOf: (path: PropertyKey[]) => string,
): Promise<Upstreams> {
  const regions = plan.regions.map(({ id }) => {
    const i = (world ?? target).regions.findIndex((region) => region.id === id);
    const url = (world ?? target).regions[i]?.url;
    if (!url) throw new Error(`region ${id} has no URL`);
    return upstreamOf(url, target, () => placeOf(['regions', i, 'url']));
  });
  const edgeUrl = world ? world.edge.url : target.edgeUrl;
  return {
    regions: await Promise.all(regions),
    edge: edgeUrl ? await upstreamOf(edgeUrl, target, () => placeOf(['edgeUrl'])) : null,
  };
}

async function upstreamOf(given: string, target: Target, place: () => string): Promise<Upstream> {
  const url = given.replace(/\/$/, '');
  const { hostname, port: written, protocol } = new URL(url);
  const port = written ? Number(written) : protocol === 'https:' ? 443 : 80;
  const host = hostname.replace(/^\[|\]$/g, '');
  const key = hostKey(host);
  const pinned = Object.hasOwn(target.resolve, key) ? target.resolve[key] : undefined;
  if (pinned) {
    return {
      url,
      host,
      addresses: pinned,
      port,
      isFromDns: false,
      isDirect: pinned.length === 1 && K6_HOST.test(host),
    };
  }
  if (isIP(host)) return { url, host, addresses: [host], port, isFromDns: false, isDirect: true };
  try {
    const all = await lookUpAddresses(host);
    const addresses = await reachableFamily(all, port);
    // k6 uses IPv4 if there is any, and resolves neither subdomains of localhost nor names of /etc/hosts with a final
    // dot.
    const isSameFamily = isIP(addresses[0]!) === 4 || addresses.length === all.length;
    const isDirect = isSameFamily && !/\.$|\.localhost$/.test(host);
    return { url, host, addresses, port, isFromDns: true, isDirect };
  } catch (cause) {
    throw usageError({
      where: place(),
      what: `the host of ${url} does not resolve`,
      got: (cause as NodeJS.ErrnoException).code ?? String(cause),
      expected: 'a name that this machine can look up',
      next: `Correct the host name, or set its address with \`resolve: { ${inYaml(hostKey(host))}: <IP address> }\`.`,
      cause,
    });
  }
}

/**
 * The lanes of a run: every city to every region and to the edge, and the control echo. Where k6 cannot connect by
 * itself (`isDirect`) there is a lane without delay, whatever `lanes:` is.
 */
export function laneSpecs(plan: RunPlan, upstreams: Upstreams, generatorRttMs: number[] | null): LaneSpec[] {
  const lanes: LaneSpec[] = [
    {
      origin: plan.origins.findIndex((origin) => origin.kind === 'control'),
      region: -1,
      rttMs: 0,
      access: [],
      upstream: null,
    },
  ];
  const { regions, edge } = upstreams;
  for (const [origin, place] of plan.origins.entries()) {
    if (place.kind === 'control') continue;
    const isFar = place.kind === 'city' && plan.lanes !== 'none';
    const add = (region: number, to: Upstream, rttMs: number): void => {
      if (!isFar && to.isDirect) return;
      const upstream = { name: laneName(to), addresses: to.addresses, port: to.port };
      lanes.push({ origin, region, rttMs: isFar ? rttMs : 0, access: isFar ? place.access : [], upstream });
    };
    // `difference`: requests already take the generator's own round trip to the region.
    for (const [region, to] of regions.entries()) {
      add(region, to, place.rttMs[region]! - (generatorRttMs?.[region] ?? 0));
    }
    // `difference`: the generator's path to its point of presence stands in for the city's.
    if (edge) add(plan.regions.length, edge, generatorRttMs ? 0 : EDGE_RTT_MS);
  }
  return lanes;
}

/** The endpoints of the player by origin, and the k6 `hosts` that keep host names and certificate checks intact. */
export function playerEndpoints(
  plan: RunPlan,
  upstreams: Upstreams,
  lanes: LaneSpec[],
  ports: number[],
): { origins: PlayerConfig['origins']; hosts: PlayerOptions['hosts'] } {
  const hosts: PlayerOptions['hosts'] = {};
  const portOf = new Map(lanes.map((lane, i) => [`${lane.origin}/${lane.region}`, ports[i]!]));
  const through = (upstream: Upstream, origin: number, region: number): PlayerEndpoint => {
    const { protocol, hostname, host, pathname } = new URL(upstream.url);
    const port = portOf.get(`${origin}/${region}`);
    if (port === undefined) {
      const isPinned = !upstream.isFromDns && upstream.addresses[0] !== upstream.host;
      if (isPinned) hosts[`${hostname}:${upstream.port}`] = hostPort(upstream.addresses[0]!, upstream.port);
      return { url: upstream.url, host: '' };
    }
    // A world's servers ignore the host name, and a Host header would cost CPU with each request.
    if (plan.target.world !== null) return { url: `http://127.0.0.1:${port}`, host: '' };
    // The URL has the lane's port, and `hosts` maps it to the lane: host name, SNI and certificate checks stay those of
    // the target. `*` is for a host that k6 accepts in a URL and not in `hosts`.
    hosts[`${K6_HOST.test(hostname) ? hostname : '*'}:${port}`] = `127.0.0.1:${port}`;
    return { url: `${protocol}//${hostname}:${port}${pathname.replace(/\/$/, '')}`, host };
  };
  const controlPort = ports[lanes.findIndex((lane) => lane.region === -1)]!;
  const control: PlayerEndpoint = { url: `http://127.0.0.1:${controlPort}`, host: '' };
  const origins = plan.origins.map((place, origin) => {
    const ownRegion = place.homeRegion;
    if (place.kind === 'control') {
      return { regions: plan.regions.map(() => control), edge: control, ownRegion, vantage: place.kind };
    }
    const regions = upstreams.regions.map((upstream, region) => through(upstream, origin, region));
    const edge = upstreams.edge ? through(upstreams.edge, origin, plan.regions.length) : regions[ownRegion]!;
    return { regions, edge, ownRegion, vantage: place.kind === 'city' ? ('client' as const) : place.kind };
  });
  return { origins, hosts };
}

const hostPort = (address: string, port: number): string =>
  isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
