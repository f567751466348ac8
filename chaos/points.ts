/** From sites to points: the address of each site in the running target, and how to probe it from outside. */
import { AntipodeError, brokenError } from '../src/errors.ts';
import type { FaultKind, FaultPoint, FaultSite, ProbeAddress } from '../src/formats/faults.ts';
import type { FisTarget } from '../src/config/fis-target.ts';
import type { Target } from '../src/config/types.ts';
import type { WorldFile } from '../src/formats/world-file.ts';
import { listProxies, type Proxy } from './drivers/toxiproxy/client.ts';
import { ownProbe } from './own-probe.ts';

/** The part of your own target's file that describes links and the regions they lead to. */
export type OwnLinks = Pick<Target, 'name' | 'toxiproxies' | 'regions' | 'tls' | 'resolve'>;

/** The controls of a target: of the running world, or those its file lists. */
export interface Controls {
  world: WorldFile | null;
  /** Base URLs of its Toxiproxies. */
  toxiproxies: string[];
  /** Of AWS FIS; null if no fault goes through it. */
  fis: FisControls | null;
  /** Of your own target; left out for a world. */
  own?: OwnLinks;
}

export interface FisControls {
  target: FisTarget;
  /** Base URL instead of AWS's own; null for AWS. */
  endpoint: string | null;
  /** How many times faster than real time the clock of a local endpoint runs; null elsewhere. */
  scale: number | null;
  /** Probe URL by name of the site; null for a world, whose own sites are probed. */
  probeUrls: Record<string, string> | null;
  /** Show account ids in reports and messages. */
  showAccounts: boolean;
}

/** Every control of a target. */
export const controlsOf = (world: WorldFile | null, target: OwnLinks, fis: FisControls | null = null): Controls => ({
  world,
  fis,
  toxiproxies: world ? [world.toxiproxy.url] : target.toxiproxies.map(({ control }) => control),
  ...(world ? {} : { own: target }),
});

/**
 * The points of these sites. Broken-harness error (exit 4) if a site does not exist; nothing was injected then.
 */
export async function resolvePoints(kind: FaultKind, sites: FaultSite[], controls: Controls): Promise<FaultPoint[]> {
  const needsProxies = sites.some(({ driver }) => driver === 'toxiproxy');
  const proxies = needsProxies ? await allProxies(controls.toxiproxies) : [];
  const points = sites.map(async (site): Promise<FaultPoint> => {
    if (site.driver === 'fis') return probeUrlPoint(site, controls.fis);
    return site.driver === 'world' ? worldPoint(site, controls.world) : toxiproxyPoint(kind, site, proxies, controls);
  });
  return Promise.all(points);
}

interface Located {
  control: string;
  proxy: Proxy;
}

/** Every proxy of these Toxiproxies. Broken-harness error (exit 4) with the address of one that does not list them. */
async function allProxies(controls: string[]): Promise<Located[]> {
  const lists = await Promise.all(
    [...new Set(controls)].map(async (control) => (await proxiesAt(control)).map((proxy) => ({ control, proxy }))),
  );
  return lists.flat();
}

async function proxiesAt(control: string): Promise<Proxy[]> {
  try {
    return await listProxies(control);
  } catch (cause) {
    if (!(cause instanceof AntipodeError)) throw cause;
    throw brokenError({
      where: control,
      what: "cannot list the proxies of the target's Toxiproxy",
      got: cause.parts.got ?? cause.message,
      expected: 'the control API of Toxiproxy 2',
      next: 'Start it, or correct `control:` under `toxiproxies:` of the target.',
      cause,
    });
  }
}

/** Several Toxiproxies may have a proxy of the same name; a site without a control matches any of them. */
const isAt =
  (site: FaultSite) =>
  ({ control }: { control: string }): boolean =>
    site.control === undefined || site.control === control;

function proxyOf(site: FaultSite, proxies: Located[]): Located {
  const there = proxies.filter(isAt(site));
  const found = there.find(({ proxy }) => proxy.name === site.name);
  if (found) return found;
  const names = there.map(({ proxy }) => proxy.name);
  throw brokenError({
    ...(site.control === undefined ? {} : { where: site.control }),
    what: `there is no proxy ${site.name} in the target's Toxiproxy`,
    got: names.length === 0 ? 'no proxies' : names.join(', '),
    expected: site.name,
    next: 'Create it, or correct `toxiproxies:` of the target.',
  });
}

/** The link of a site in the target's file; undefined for a world. */
const linkOf = (site: FaultSite, own: OwnLinks | undefined) =>
  own?.toxiproxies
    .filter(isAt(site))
    .flatMap(({ links }) => links)
    .find(({ proxy, kind, region }) => proxy === site.name && kind === site.kind && region === site.region);

async function toxiproxyPoint(
  kind: FaultKind,
  site: FaultSite,
  proxies: Located[],
  { world, own }: Controls,
): Promise<FaultPoint> {
  const { control, proxy } = proxyOf(site, proxies);
  const link = linkOf(site, own);
  const at = link?.reachedAt ?? reachedAt(proxy.listen, control);
  const probe = link && own ? await ownProbe(link, at, own) : worldProbe(kind, site, at, world);
  return { ...site, control, probe };
}

/** Where a proxy is reached. One that listens on every address of its machine is reached at the host of its control. */
export function reachedAt(listen: string, control: string): { host: string; port: number } {
  const at = listen.lastIndexOf(':');
  const host = unbracketed(listen.slice(0, at));
  return {
    host: ANY.includes(host) ? unbracketed(new URL(control).hostname) : host,
    port: Number(listen.slice(at + 1)),
  };
}

/** Listen addresses that stand for every address of a machine. */
export const ANY: readonly string[] = ['', '0.0.0.0', '::'];

/** `[::1]` -> `::1`. */
export const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

/** Replica lag is probed only for faults of lag: a cut link shows sooner at the link itself. */
function worldProbe(
  kind: FaultKind,
  site: FaultSite,
  at: { host: string; port: number },
  world: WorldFile | null,
): ProbeAddress {
  const link = world?.links.find(({ proxy }) => proxy === site.name);
  if (!world || !link) throw brokenError({ what: `no probe is known for the far end of ${site.name}` });
  if (kind === 'replication-delay' && link.kind === 'replication') {
    const replica = world.processes.find(({ kind: of, region }) => of === link.near && region === link.region);
    if (replica?.probe.protocol === 'lag') return replica.probe;
  }
  const { probe } = link;
  if (probe.protocol !== 'http') return { protocol: probe.protocol, ...at };
  return { protocol: 'http', url: `http://${at.host}:${at.port}${probe.path}` };
}

function probeUrlPoint(site: FaultSite, fis: FisControls | null): FaultPoint {
  const url = fis?.probeUrls?.[site.name];
  if (url === undefined) throw brokenError({ what: `no probe URL is known for ${site.name}` });
  return { ...site, control: '', probe: { protocol: 'http', url } };
}

function worldPoint(site: FaultSite, world: WorldFile | null): FaultPoint {
  const process = world?.processes.find(({ name }) => name === site.name);
  if (!world || !process)
    throw brokenError({ what: `${site.name} is a process of a world, but no running world has it` });
  return { ...site, control: world.control.url, probe: process.probe };
}
