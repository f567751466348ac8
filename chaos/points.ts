/** From sites to points: where each stands now that the target is up, and how its state is seen from outside. */
import { brokenError } from '../src/errors.ts';
import type { FaultKind, FaultPoint, FaultSite, ProbeAddress } from '../src/formats/faults.ts';
import type { FisTarget } from '../src/config/fis-target.ts';
import type { WorldFile } from '../src/formats/world-file.ts';
import { listProxies, type Proxy } from './drivers/toxiproxy/client.ts';

/** Where the controls of a target are: of the world that is up, or those its file lists. */
export interface Controls {
  world: WorldFile | null;
  /** Base URLs of its Toxiproxies. */
  toxiproxies: string[];
  /** Of AWS FIS; null where no fault goes through it. */
  fis: FisControls | null;
}

export interface FisControls {
  target: FisTarget;
  /** Base URL in place of AWS's own; null for AWS. */
  endpoint: string | null;
  /** How many times faster than the wall the minutes of a local endpoint pass; null elsewhere. */
  scale: number | null;
  /** URLs by name of the sites at which faults are looked for; null where a world's own sites show them. */
  looks: Record<string, string> | null;
  /** Account ids in reports and messages as they are. */
  showAccounts: boolean;
}

/** Every control of a target. */
export const controlsOf = (
  world: WorldFile | null,
  target: { toxiproxies: readonly { control: string }[] },
  fis: FisControls | null = null,
): Controls => ({
  world,
  fis,
  toxiproxies: world ? [world.toxiproxy.url] : target.toxiproxies.map(({ control }) => control),
});

/**
 * The points of these sites. Broken-harness error (exit 4) if a site is not there: then nothing was injected.
 */
export async function resolvePoints(kind: FaultKind, sites: FaultSite[], controls: Controls): Promise<FaultPoint[]> {
  const isThere = sites.some(({ driver }) => driver === 'toxiproxy');
  const proxies = isThere ? await allProxies(controls.toxiproxies) : new Map<string, never>();
  return sites.map((site) => {
    if (site.driver === 'fis') return lookout(site, controls.fis);
    return site.driver === 'world'
      ? worldPoint(site, controls.world)
      : toxiproxyPoint(kind, site, proxies, controls.world);
  });
}

type Located = Map<string, { control: string; proxy: Proxy }>;

async function allProxies(controls: string[]): Promise<Located> {
  const found: Located = new Map();
  const lists = await Promise.all(controls.map((control) => listProxies(control)));
  for (const [i, list] of lists.entries()) {
    for (const proxy of list) found.set(proxy.name, { control: controls[i]!, proxy });
  }
  return found;
}

function toxiproxyPoint(kind: FaultKind, site: FaultSite, proxies: Located, world: WorldFile | null): FaultPoint {
  const found = proxies.get(site.name);
  if (!found) {
    throw brokenError({
      what: `there is no proxy ${site.name} in the target's Toxiproxy`,
      expected: [...proxies.keys()].join(', ') || 'any proxy at all',
      next: 'Create it, or correct `toxiproxies:` of the target.',
    });
  }
  const { host, port } = reachedAt(found.proxy.listen, found.control);
  return { ...site, control: found.control, probe: probeOf(kind, site, host, port, world) };
}

/** Where a proxy is reached: one that listens on every address of its machine, where that machine's control is. */
export function reachedAt(listen: string, control: string): { host: string; port: number } {
  const at = listen.lastIndexOf(':');
  const host = unbracketed(listen.slice(0, at));
  const isAny = ['', '0.0.0.0', '::'].includes(host);
  return { host: isAny ? unbracketed(new URL(control).hostname) : host, port: Number(listen.slice(at + 1)) };
}

const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

/** Lag is looked at for faults of lag alone: that a link is cut shows sooner in the link itself. */
function probeOf(kind: FaultKind, site: FaultSite, host: string, port: number, world: WorldFile | null): ProbeAddress {
  if (site.kind === 'ingress' || site.kind === 'sync')
    return { protocol: 'http', url: `http://${host}:${port}/health` };
  if (site.kind === 'redis') return { protocol: 'redis', host, port };
  const region = world?.regions.find(({ id }) => id === site.region);
  if (kind === 'replication-delay' && site.kind === 'replication' && region)
    return { protocol: 'lag', url: `${region.directUrl}/lag` };
  if (site.kind === 'primary' || site.kind === 'replication') return { protocol: 'postgres', host, port };
  return { protocol: 'tcp', host, port };
}

function lookout(site: FaultSite, fis: FisControls | null): FaultPoint {
  const url = fis?.looks?.[site.name];
  if (url === undefined) throw brokenError({ what: `nobody knows where ${site.name} can be looked at` });
  return { ...site, control: '', probe: { protocol: 'http', url } };
}

function worldPoint(site: FaultSite, world: WorldFile | null): FaultPoint {
  const region = world?.regions.find(({ id }) => id === site.region);
  if (!world || !region) throw brokenError({ what: `${site.name} is a process of a world, and none is up` });
  const { control } = world;
  if (site.kind === 'database') {
    return { ...site, control: control.url, probe: { protocol: 'lag', url: `${region.directUrl}/lag` } };
  }
  if (site.kind === 'store') {
    const { hostname, port } = new URL(region.redisUrl);
    return { ...site, control: control.url, probe: { protocol: 'redis', host: hostname, port: Number(port) } };
  }
  return { ...site, control: control.url, probe: { protocol: 'http', url: `${region.directUrl}/health` } };
}
