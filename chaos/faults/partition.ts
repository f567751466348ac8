/** Two regions cannot reach each other; clients reach both. */
import { z } from 'zod';
import { text } from '../../src/config/values.ts';
import type { FaultSite, SiteKind, Toxic } from '../../src/formats/faults.ts';
import { prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import type { Fault } from '../fault.ts';
import { byUndo } from '../undo.ts';
import { cutInEffect, probeLink } from './link.ts';

const params = z
  .strictObject({
    from: text.describe('One of the regions; with one-way, the one whose packets are dropped.'),
    to: text.describe('The other region.'),
    direction: z.enum(['both', 'one-way'], 'both or one-way').default('both'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'another region than `from`' });
export type Partition = z.output<typeof params>;

const BETWEEN_REGIONS: readonly SiteKind[] = ['primary', 'replication', 'sync'];

/** Data sent by the calling region is upstream, data that comes back is downstream. */
const streamsOf = ({ region }: FaultSite, { from, direction }: Partition): Toxic['stream'][] =>
  direction === 'both' ? ['upstream', 'downstream'] : [region === from ? 'upstream' : 'downstream'];

export const partition: Fault<Partition> = {
  kind: 'partition',
  title: 'two regions cannot reach each other',
  params,
  select(sites, { from, to }) {
    const links = sites.filter(({ driver, kind }) => driver === 'toxiproxy' && BETWEEN_REGIONS.includes(kind));
    const chosen = links.filter(
      (site) => (site.region === from && site.to === to) || (site.region === to && site.to === from),
    );
    if (chosen.length > 0) return chosen;
    const pairs = links.flatMap((site) =>
      site.to === null || site.to === site.region ? [] : [`${site.region} and ${site.to}`],
    );
    return `there is no link between ${from} and ${to}; existing links: ${[...new Set(pairs)].join(', ') || 'none'}`;
  },
  regions: ({ from, to }) => [from, to],
  hurts: () => null,
  // Clients reach both regions; only calls between the regions hang.
  hangs: () => false,
  prepare: (points, given, id) =>
    prepareProxies(points, id, (point) => ({
      toxics: streamsOf(point, given).map((stream) => ({ type: 'timeout', stream, attributes: { timeout: 0 } })),
      switch: 'none',
    })),
  ...byUndo,
  // No response arrives in either case: the request or the response is lost.
  probe: (point) => probeLink(point),
  inEffect: (_, before, now) => cutInEffect('blackhole', before, now),
};
