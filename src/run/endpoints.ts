import type { Target } from '../config/types.ts';
import type { LaneSpec } from '../formats/lanes.ts';
import { EDGE_RTT_MS } from '../formats/plan.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerConfig, PlayerEndpoint, PlayerOptions } from '../formats/player.ts';
import type { WorldFile } from '../formats/world-file.ts';

/** Where the target's regions and edge really are. */
export interface Upstreams {
  /** By region index: base URL without a trailing slash. */
  regions: string[];
  edge: string;
}

/** From a running world if there is one, else from the target file; static assets without an edge come from the regions. */
export function upstreamsOf(target: Target, world: WorldFile | null, plan: RunPlan): Upstreams {
  const regions = plan.regions.map(({ id }) => {
    const url = world
      ? world.regions.find((region) => region.id === id)?.url
      : target.regions.find((region) => region.id === id)?.url;
    if (!url) throw new Error(`region ${id} has no URL`);
    return url.replace(/\/$/, '');
  });
  return { regions, edge: (world ? world.edge.url : target.edgeUrl)?.replace(/\/$/, '') ?? '' };
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
    for (const [region, url] of upstreams.regions.entries()) {
      lanes.push({
        origin,
        region,
        // `difference`: the generator already spends its own round trip to the region.
        rttMs: place.rttMs[region]! - (generatorRttMs?.[region] ?? 0),
        access: place.access,
        upstream: addressOf(url),
      });
    }
    if (!upstreams.edge) continue;
    lanes.push({
      origin,
      region: plan.regions.length,
      rttMs: EDGE_RTT_MS,
      access: place.access,
      upstream: addressOf(upstreams.edge),
    });
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
  const through = (url: string, origin: number, region: number): PlayerEndpoint => {
    const port = portOf.get(`${origin}/${region}`);
    if (port === undefined) return { url, host: '' };
    const { protocol, hostname, host } = new URL(url);
    if (protocol === 'http:' && isLoopback(hostname)) return { url: `http://127.0.0.1:${port}`, host: '' };
    // A port per lane in the URL, mapped to the lane: name, SNI and certificate checks stay those of the target.
    hosts[`${hostname}:${port}`] = `127.0.0.1:${port}`;
    return { url: `${protocol}//${hostname}:${port}`, host };
  };
  const controlPort = ports[lanes.findIndex((lane) => lane.region === -1)]!;
  const control: PlayerEndpoint = { url: `http://127.0.0.1:${controlPort}`, host: '' };
  const origins = plan.origins.map((place, origin) => {
    const ownRegion = place.homeRegion;
    if (place.kind === 'control') return { regions: plan.regions.map(() => control), edge: control, ownRegion };
    const regions = upstreams.regions.map((url, region) => through(url, origin, region));
    const edge = upstreams.edge ? through(upstreams.edge, origin, plan.regions.length) : regions[ownRegion]!;
    return { regions, edge, ownRegion };
  });
  return { origins, hosts };
}

export const isLoopback = (hostname: string): boolean => hostname === 'localhost' || hostname.startsWith('127.');

/** Host and port of a URL, the scheme's default port filled in. */
export function addressOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: hostname, port: port ? Number(port) : protocol === 'https:' ? 443 : 80 };
}
