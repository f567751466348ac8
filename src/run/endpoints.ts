import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { LaneSpec } from '../formats/lanes.ts';
import { EDGE_RTT_MS } from '../formats/plan.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerConfig, PlayerEndpoint, PlayerOptions } from '../formats/player.ts';
import type { WorldFile } from '../formats/world-file.ts';

/** Where one region or the edge really is. */
export interface Upstream {
  /** Base URL without a trailing slash. */
  url: string;
  /** IP addresses behind the name, never empty. */
  addresses: string[];
  port: number;
  /** The target file fixes the address: nobody asks DNS for this name. */
  pinned: boolean;
}

export interface Upstreams {
  /** By region index. */
  regions: Upstream[];
  /** null without an edge; static assets come from the regions then. */
  edge: Upstream | null;
}

/**
 * From a running world if there is one, else from the target file. Names are looked up here, once: lanes lead to
 * addresses, so that no connection through them pays for a look-up that is not its city's.
 *
 * @throws exit 2 for a name that does not resolve; nothing has been sent then.
 */
export async function upstreamsOf(target: Target, world: WorldFile | null, plan: RunPlan): Promise<Upstreams> {
  const regions = plan.regions.map(({ id }) => {
    const url = (world ?? target).regions.find((region) => region.id === id)?.url;
    if (!url) throw new Error(`region ${id} has no URL`);
    return upstreamOf(url, target);
  });
  const edgeUrl = world ? world.edge.url : target.edgeUrl;
  return { regions: await Promise.all(regions), edge: edgeUrl ? await upstreamOf(edgeUrl, target) : null };
}

async function upstreamOf(given: string, target: Target): Promise<Upstream> {
  const url = given.replace(/\/$/, '');
  const { hostname, port: written, protocol } = new URL(url);
  const port = written ? Number(written) : protocol === 'https:' ? 443 : 80;
  const host = hostname.replace(/^\[|\]$/g, '');
  const fixed = target.resolve[hostname] ?? (isIP(host) ? host : undefined);
  if (fixed !== undefined) return { url, addresses: [fixed], port, pinned: hostname in target.resolve };
  try {
    // As k6 does by default: IPv4 where there is any.
    const found = await lookup(host, { all: true, order: 'ipv4first' });
    const addresses = found.filter(({ family }) => family === found[0]!.family).map(({ address }) => address);
    return { url, addresses, port, pinned: false };
  } catch (cause) {
    throw usageError({
      where: `target ${target.name}`,
      what: `the host of ${url} does not resolve`,
      got: (cause as NodeJS.ErrnoException).code ?? String(cause),
      expected: 'a name that this machine can look up',
      next: `Correct the address, or name one with \`resolve: { ${hostname}: <IP address> }\`.`,
      cause,
    });
  }
}

/** The lanes a run needs: every city to every region and to the edge, and the control echo. */
export function laneSpecs(plan: RunPlan, upstreams: Upstreams, generatorRttMs: number[] | null): LaneSpec[] {
  const control: LaneSpec = {
    origin: plan.origins.findIndex((origin) => origin.kind === 'control'),
    region: -1,
    rttMs: 0,
    access: [],
    upstream: null,
  };
  if (plan.lanes === 'none') return [control];
  const lanes: LaneSpec[] = [control];
  for (const [origin, place] of plan.origins.entries()) {
    if (place.kind !== 'city') continue;
    // Cities spread over the addresses of a name, as people would by DNS.
    const lead = ({ addresses, port }: Upstream) => ({ host: addresses[origin % addresses.length]!, port });
    const { access } = place;
    for (const [region, upstream] of upstreams.regions.entries()) {
      // `difference`: the generator already spends its own round trip to the region.
      const rttMs = place.rttMs[region]! - (generatorRttMs?.[region] ?? 0);
      lanes.push({ origin, region, rttMs, access, upstream: lead(upstream) });
    }
    const { edge } = upstreams;
    if (!edge) continue;
    // `difference`: the generator's way to its own point of presence stands in for the city's.
    const rttMs = generatorRttMs ? 0 : EDGE_RTT_MS;
    lanes.push({ origin, region: plan.regions.length, rttMs, access, upstream: lead(edge) });
  }
  return lanes;
}

/** What the player connects to, lane by lane, and the k6 `hosts` that keep names and certificates intact. */
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
      if (upstream.pinned) hosts[`${hostname}:${upstream.port}`] = hostPort(upstream.addresses[0]!, upstream.port);
      return { url: upstream.url, host: '' };
    }
    // A world's servers do not look at the name, and a Host header would cost CPU at each request.
    if (plan.target.world !== null) return { url: `http://127.0.0.1:${port}`, host: '' };
    // A port per lane in the URL, mapped to the lane: name, SNI and certificate checks stay those of the target.
    hosts[`${hostname}:${port}`] = `127.0.0.1:${port}`;
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
