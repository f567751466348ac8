/**
 * Whether client requests go through the proxies that a fault acts on: the URL of a region must resolve to its ingress
 * proxy, or the fault would be visible at the proxy and to no client. Uses the control API of Toxiproxy and DNS only.
 */
import { hostKey } from '../src/config/hosts.ts';
import type { TargetLink } from '../src/config/types.ts';
import { AntipodeError, type ErrorParts, usageError } from '../src/errors.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import { listProxies, type Proxy } from './drivers/toxiproxy/client.ts';
import { readersOf, unseenWords } from './drivers/toxiproxy/stalled.ts';
import { addressesOf, isOfThisMachine } from './machine.ts';
import { ANY, type OwnLinks, reachedAt, unbracketed } from './points.ts';

/** A region whose clients bypass its proxy, with the error to report. `region` is its index in the target. */
export interface Bypass {
  region: number;
  parts: ErrorParts;
}

export interface IngressCheck {
  bypasses: Bypass[];
  /** What was found, and what could not be checked, as lines to show. */
  lines: string[];
}

/** One ingress link of a region and its proxy; null if its Toxiproxy is unreachable. */
interface Front {
  control: string;
  link: TargetLink;
  proxy: Proxy | null;
}

/**
 * Checks every region whose clients a fault of the experiment must affect; none for a world and for faults through FIS.
 */
export async function checkIngress(experiment: PlanExperiment, own: OwnLinks): Promise<IngressCheck> {
  const found: IngressCheck = { bypasses: [], lines: [] };
  const hurt = new Set(experiment.faults.flatMap(({ hurts }) => hurts?.regions ?? []));
  const sites = experiment.faults.flatMap((fault) => fault.sites);
  const controls = new Set(sites.flatMap(({ control }) => (control === undefined ? [] : [control])));
  const known = new Map<string, Proxy[]>();
  for (const control of controls) {
    try {
      const proxies = await listProxies(control);
      known.set(control, proxies);
      const touched = proxies.filter(({ name }) =>
        sites.some((site) => site.name === name && site.control === control),
      );
      const views = await Promise.all(touched.map((proxy) => readersOf(proxy, control)));
      if (views.includes('unseen')) found.lines.push(`${unseenWords(control)}.`);
    } catch (error) {
      if (!(error instanceof AntipodeError)) throw error;
      const why = error.parts.got ?? error.message;
      found.lines.push(`Toxiproxy at ${control} is unreachable (${why}): unknown whether clients go through it.`);
    }
  }
  for (const [region, { id, url }] of own.regions.entries()) {
    if (!hurt.has(id) || url === null) continue;
    const fronts = own.toxiproxies.flatMap(({ control, links }) =>
      links
        .filter(({ kind, region: of }) => kind === 'ingress' && of === id)
        .map((link): Front => {
          const proxy = known.get(control)?.find(({ name }) => name === link.proxy) ?? null;
          return { control, link, proxy };
        }),
    );
    const { bypass, line } = await compare(id, url, fronts, own);
    found.lines.push(line);
    if (bypass) found.bypasses.push({ region, parts: bypass });
  }
  return found;
}

async function compare(
  id: string,
  url: string,
  fronts: Front[],
  { resolve }: OwnLinks,
): Promise<{ bypass: ErrorParts | null; line: string }> {
  const { hostname, port: written, protocol } = new URL(url);
  const port = written ? Number(written) : protocol === 'https:' ? 443 : 80;
  const key = hostKey(hostname);
  const hosts = Object.hasOwn(resolve, key) ? resolve[key]! : [unbracketed(hostname)];
  const addresses = (await Promise.all(hosts.map(addressesOf))).flat();
  if (addresses.length === 0)
    return { bypass: null, line: `${id}: ${hostname} does not resolve, so it is not checked.` };
  const ends = await Promise.all(fronts.map(endOf));
  if (ends.includes(null)) return { bypass: null, line: `${id}: not checked against its ingress proxy.` };
  const past = addresses.filter((address) => !ends.some((end) => end!.port === port && end!.isAt(address)));
  const names = fronts.map(({ control, link }) => `proxy ${link.proxy} of ${control}`).join(', ');
  const shown = past.map((address) => joined(address, port)).join(', ');
  if (past.length === 0) return { bypass: null, line: `${id}: ${url} goes through ${names}.` };
  return {
    line: `${id}: ${url} bypasses ${names}.`,
    bypass: {
      what: `clients of ${id} bypass its ingress proxy, so the fault would not affect them`,
      got: `${url}, which resolves to ${shown}`,
      expected: `${ends.map((end) => end!.words).join(' or ')} (${names})`,
      next: 'Point `url:` or `resolve:` at the proxy; or, if clients reach the proxy at that address, set `reachedAt: host:port` of its link. Nothing was sent.',
    },
  };
}

interface FrontEnd {
  port: number;
  isAt(address: string): boolean;
  words: string;
}

/** Where a proxy is reached; null if unknown. */
async function endOf({ control, link, proxy }: Front): Promise<FrontEnd | null> {
  if (link.reachedAt === null && proxy === null) return null;
  const { host, port } = link.reachedAt ?? reachedAt(proxy!.listen, control);
  const addresses = await addressesOf(host);
  const listensOn =
    link.reachedAt === null ? unbracketed(proxy!.listen.slice(0, proxy!.listen.lastIndexOf(':'))) : host;
  // It listens on every address of its machine, not only on the one of its control API.
  const isEverywhere = ANY.includes(listensOn) && addresses.length > 0 && addresses.every(isOfThisMachine);
  return {
    port,
    isAt: (address) => addresses.includes(address) || (isEverywhere && isOfThisMachine(address)),
    words: joined(host, port),
  };
}

const joined = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/**
 * Usage error (exit 2) for the regions whose clients bypass their proxy; `placeOf` gives the place of a region's URL.
 */
export function refuseBypasses({ bypasses }: IngressCheck, placeOf?: (region: number) => string): void {
  const [first, ...others] = bypasses;
  if (!first) return;
  const where = placeOf?.(first.region);
  const more = others.length === 0 ? '' : ` The same applies to ${others.map(({ parts }) => parts.got).join('; ')}.`;
  throw usageError({ ...first.parts, ...(where === undefined ? {} : { where }), next: `${first.parts.next}${more}` });
}
