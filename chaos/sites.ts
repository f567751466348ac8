/** Where a target can be broken: what its file lists, or what every world of ours has. */
import type { Target } from '../src/config/types.ts';
import { type FaultKind, type FaultSite } from '../src/formats/faults.ts';

/** The sites of a target, before it is up; a world publishes the same names with addresses when it is. */
export function sitesOf(target: Target): FaultSite[] {
  if (target.world === null) {
    return target.toxiproxies.flatMap(({ links }) =>
      links.map(({ proxy, kind, region, to }): FaultSite => ({ driver: 'toxiproxy', name: proxy, kind, region, to })),
    );
  }
  return target.regions.flatMap(({ id, replica }) => {
    const link = (kind: FaultSite['kind'], to: string | null): FaultSite => ({
      driver: 'toxiproxy',
      name: `${kind}-${id}`,
      kind,
      region: id,
      to,
    });
    const process = (kind: FaultSite['kind']): FaultSite => ({
      driver: 'world',
      name: `${kind}-${id}`,
      kind,
      region: id,
      to: null,
    });
    return [
      link('ingress', null),
      link('redis', null),
      link('primary', target.primary),
      ...(replica ? [link('replication', target.primary)] : []),
      ...target.regions
        .filter((other) => other.id !== id)
        .map((other) => ({ ...link('sync', other.id), name: `sync-${id}-${other.id}` })),
      process('api'),
      process('database'),
      process('store'),
    ];
  });
}

/**
 * Where a fault that goes through FIS is looked for on a target with addresses, as site name to URL: a lost region at its own
 * `/health`, whatever else at what `fis.regions.<id>.probes` names.
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

/** The lookouts of a fault in these regions; a reason in words if there is none. */
export function lookoutSites(target: Target, kind: FaultKind, regions: string[]): FaultSite[] | string {
  const looks = lookoutsOf(target, kind);
  const sites = regions.flatMap((region): FaultSite[] =>
    looks[`${kind}-${region}`] === undefined
      ? []
      : [{ driver: 'fis', name: `${kind}-${region}`, kind: 'ingress', region, to: null }],
  );
  if (sites.length > 0) return sites;
  return `nobody could see whether it bites in ${regions.join(' or ')}: no address of \`fis.regions.<id>.probes.${kind}\``;
}

/** Ids of the regions that parameters name. */
export const regionsOf = (params: Record<string, unknown>): string[] =>
  ['region', 'from', 'to'].flatMap((key) => {
    const id = params[key];
    return typeof id === 'string' && id !== 'all' ? [id] : [];
  });
