/** Where a target can be broken: what its file lists, or what its world is said to have. */
import type { Target } from '../src/config/types.ts';
import { WORLDS } from '../src/config/worlds.ts';
import { type FaultKind, type FaultSite } from '../src/formats/faults.ts';

/** The sites of a target, before it is up; a world publishes the same names with addresses when it is. */
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
 * Where a fault that goes through FIS is looked for on a target with addresses, as site name to URL: a lost region at
 * its own `/health`, whatever else at what `fis.regions.<id>.probes` names.
 */
export function lookoutsOf({ regions, fis }: Pick<Target, 'regions' | 'fis'>, kind: FaultKind): Record<string, string> {
  const found = regions.flatMap(({ id, url }): [string, string][] => {
    const named = fis?.regions[id]?.probes[kind];
    const own = kind === 'region-outage' && url !== null ? `${url}/health` : undefined;
    const look = named ?? own;
    return look === undefined ? [] : [[`${kind}-${id}`, look]];
  });
  return Object.fromEntries(found);
}

/** The lookouts of a fault, one in each of these regions; a reason in words if one lacks them. */
export function lookoutSites(target: Target, kind: FaultKind, regions: string[]): FaultSite[] | string {
  const looks = lookoutsOf(target, kind);
  const blind = regions.filter((region) => looks[`${kind}-${region}`] === undefined);
  if (blind.length > 0)
    return `nobody could see whether it bites in ${blind.join(' and ')}: no address of \`fis.regions.<id>.probes.${kind}\``;
  return regions.map((region) => ({ driver: 'fis', name: `${kind}-${region}`, kind: 'ingress', region, to: null }));
}
