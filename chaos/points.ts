/** From sites to points: where each stands now that the target is up, and how its state is seen from outside. */
import { AntipodeError, brokenError } from '../src/errors.ts';
import type { FaultKind, FaultPoint, FaultSite, ProbeAddress } from '../src/formats/faults.ts';
import type { FisTarget } from '../src/config/fis-target.ts';
import type { Target } from '../src/config/types.ts';
import type { WorldFile } from '../src/formats/world-file.ts';
import { listProxies, type Proxy } from './drivers/toxiproxy/client.ts';
import { ownProbe } from './own-probe.ts';

/** What the file of a target with addresses says of its links, and of the regions that they lead to. */
export type OwnLinks = Pick<Target, 'name' | 'toxiproxies' | 'regions' | 'tls' | 'resolve'>;

/** Where the controls of a target are: of the world that is up, or those its file lists. */
export interface Controls {
  world: WorldFile | null;
  /** Base URLs of its Toxiproxies. */
  toxiproxies: string[];
  /** Of AWS FIS; null where no fault goes through it. */
  fis: FisControls | null;
  /** Of a target with addresses; left out for a world. */
  own?: OwnLinks;
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
export const controlsOf = (world: WorldFile | null, target: OwnLinks, fis: FisControls | null = null): Controls => ({
  world,
  fis,
  toxiproxies: world ? [world.toxiproxy.url] : target.toxiproxies.map(({ control }) => control),
  ...(world ? {} : { own: target }),
});

/**
 * The points of these sites. Broken-harness error (exit 4) if a site is not there: then nothing was injected.
 */
export async function resolvePoints(kind: FaultKind, sites: FaultSite[], controls: Controls): Promise<FaultPoint[]> {
  const isThere = sites.some(({ driver }) => driver === 'toxiproxy');
  const proxies = isThere ? await allProxies(controls.toxiproxies) : [];
  const points = sites.map(async (site): Promise<FaultPoint> => {
    if (site.driver === 'fis') return lookout(site, controls.fis);
    return site.driver === 'world' ? worldPoint(site, controls.world) : toxiproxyPoint(kind, site, proxies, controls);
  });
  return Promise.all(points);
}

interface Located {
  control: string;
  proxy: Proxy;
}

/** Every proxy of these Toxiproxies. Broken-harness error (exit 4) that names the address if one cannot be asked. */
async function allProxies(controls: string[]): Promise<Located[]> {
  const lists = await Promise.all(
    [...new Set(controls)].map(async (control) => (await asked(control)).map((proxy) => ({ control, proxy }))),
  );
  return lists.flat();
}

async function asked(control: string): Promise<Proxy[]> {
  try {
    return await listProxies(control);
  } catch (cause) {
    if (!(cause instanceof AntipodeError)) throw cause;
    throw brokenError({
      where: control,
      what: 'the Toxiproxy of the target cannot be asked for its proxies',
      got: cause.parts.got ?? cause.message,
      expected: 'the control API of Toxiproxy 2',
      next: 'Start it, or correct `control:` under `toxiproxies:` of the target.',
      cause,
    });
  }
}

/** Several Toxiproxies may have a proxy of the same name; a site that names none is of any. */
const isAt =
  (site: FaultSite) =>
  ({ control }: { control: string }): boolean =>
    site.control === undefined || site.control === control;

/** The proxy of a site, of those that there are. */
function proxyOf(site: FaultSite, proxies: Located[]): Located {
  const there = proxies.filter(isAt(site));
  const found = there.find(({ proxy }) => proxy.name === site.name);
  if (found) return found;
  const names = there.map(({ proxy }) => proxy.name);
  throw brokenError({
    ...(site.control === undefined ? {} : { where: site.control }),
    what: `there is no proxy ${site.name} in the target's Toxiproxy`,
    got: names.length === 0 ? 'no proxy at all' : names.join(', '),
    expected: site.name,
    next: 'Create it, or correct `toxiproxies:` of the target.',
  });
}

/** The link that the target's file says of a site; undefined where it is of a world. */
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

/** Where a proxy is reached: one that listens on every address of its machine, where that machine's control is. */
export function reachedAt(listen: string, control: string): { host: string; port: number } {
  const at = listen.lastIndexOf(':');
  const host = unbracketed(listen.slice(0, at));
  return {
    host: ANY.includes(host) ? unbracketed(new URL(control).hostname) : host,
    port: Number(listen.slice(at + 1)),
  };
}

/** What a server listens on that takes connections at every address of its machine. */
export const ANY: readonly string[] = ['', '0.0.0.0', '::'];

/** `[::1]` -> `::1`. */
export const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

/** Lag is looked at for faults of lag alone: that a link is cut shows sooner in the link itself. */
function worldProbe(
  kind: FaultKind,
  site: FaultSite,
  at: { host: string; port: number },
  world: WorldFile | null,
): ProbeAddress {
  const link = world?.links.find(({ proxy }) => proxy === site.name);
  if (!world || !link) throw brokenError({ what: `nobody knows how the far end of ${site.name} is looked at` });
  if (kind === 'replication-delay' && link.kind === 'replication') {
    const replica = world.processes.find(({ kind: of, region }) => of === link.near && region === link.region);
    if (replica?.probe.protocol === 'lag') return replica.probe;
  }
  const { probe } = link;
  if (probe.protocol !== 'http') return { protocol: probe.protocol, ...at };
  return { protocol: 'http', url: `http://${at.host}:${at.port}${probe.path}` };
}

function lookout(site: FaultSite, fis: FisControls | null): FaultPoint {
  const url = fis?.looks?.[site.name];
  if (url === undefined) throw brokenError({ what: `nobody knows where ${site.name} can be looked at` });
  return { ...site, control: '', probe: { protocol: 'http', url } };
}

function worldPoint(site: FaultSite, world: WorldFile | null): FaultPoint {
  const process = world?.processes.find(({ name }) => name === site.name);
  if (!world || !process)
    throw brokenError({ what: `${site.name} is a process of a world, and none is up that has it` });
  return { ...site, control: world.control.url, probe: process.probe };
}
