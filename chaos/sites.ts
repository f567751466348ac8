/** The sites where faults can be injected: those that the target's file lists, or those of its world. */
import type { Target } from '../src/config/types.ts';
import { WORLDS } from '../src/config/worlds.ts';
import { type FaultKind, type FaultSite } from '../src/formats/faults.ts';

/** The sites of a target before it is up; a running world publishes the same names with addresses. */
export function sitesOf({
  world,
  regions,
  toxiproxies,
}: Pick<Target, 'world' | 'regions' | 'toxiproxies'>): FaultSite[] {
  if (world !== null) {
    const { links, processes } = WORLDS[world]!;
    const isOurs = (id: string | null): boolean => id === null || regions.some((region) => region.id === id);
    return [
      ...links.map(({ proxy: name, ...link }): FaultSite => ({ driver: 'toxiproxy', name, ...link })),
      ...processes.map((process): FaultSite => ({ driver: 'world', ...process, to: null })),
    ].filter(({ region, to }) => isOurs(region) && isOurs(to));
  }
  return toxiproxies.flatMap(({ control, links }) =>
    links.map(({ proxy, kind, region, to, name }): FaultSite => {
      const site = { driver: 'toxiproxy', name: proxy, kind, region, to, control } as const;
      return name === null ? site : { ...site, dependency: name };
    }),
  );
}

/**
 * Where to probe for a fault that goes through FIS on your own target, as site name to URL: the URL in
 * `fis.regions.<id>.probes`, or for a region outage the region's `/health`.
 */
export function probeUrls({ regions, fis }: Pick<Target, 'regions' | 'fis'>, kind: FaultKind): Record<string, string> {
  const found = regions.flatMap(({ id, url }): [string, string][] => {
    const declared = fis?.regions[id]?.probes[kind];
    const health = kind === 'region-outage' && url !== null ? `${url}/health` : undefined;
    const probeUrl = declared ?? health;
    return probeUrl === undefined ? [] : [[`${kind}-${id}`, probeUrl]];
  });
  return Object.fromEntries(found);
}

/** The sites at these probe URLs, one per region; a sentence if a region has none. */
export function probeUrlSites(target: Target, kind: FaultKind, regions: string[]): FaultSite[] | string {
  const urls = probeUrls(target, kind);
  const missing = regions.filter((region) => urls[`${kind}-${region}`] === undefined);
  if (missing.length > 0) return `no \`fis.regions.<id>.probes.${kind}\` for ${missing.join(' and ')}`;
  return regions.map((region) => ({ driver: 'fis', name: `${kind}-${region}`, kind: 'ingress', region, to: null }));
}
