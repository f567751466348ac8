/** Where a target can be broken: what its file lists, or what every world of ours has. */
import type { Target } from '../src/config/types.ts';
import type { FaultSite } from '../src/formats/faults.ts';

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
