/** Two regions lose each other; their clients reach both. */
import { z } from 'zod';
import { text } from '../../src/config/values.ts';
import type { FaultSite, SiteKind, Toxic } from '../../src/formats/faults.ts';
import { prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import type { Fault } from '../fault.ts';
import { byUndo } from '../undo.ts';
import { cutInEffect, probeLink } from './link.ts';

const params = z
  .strictObject({
    from: text.describe('One of the regions; with one-way, the one whose words do not arrive.'),
    to: text.describe('The other one.'),
    direction: z.enum(['both', 'one-way'], 'both or one-way').default('both'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'another region than `from`' });
export type Partition = z.output<typeof params>;

const BETWEEN_REGIONS: readonly SiteKind[] = ['primary', 'replication', 'sync'];

/** What flows away from the region that calls goes upstream, what comes back downstream. */
const streamsOf = ({ region }: FaultSite, { from, direction }: Partition): Toxic['stream'][] =>
  direction === 'both' ? ['upstream', 'downstream'] : [region === from ? 'upstream' : 'downstream'];

export const partition: Fault<Partition> = {
  kind: 'partition',
  title: 'two regions lose each other',
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
    return `there is no link between ${from} and ${to}; links there are: ${[...new Set(pairs)].join(', ') || 'none'}`;
  },
  regions: ({ from, to }) => [from, to],
  hurts: () => null,
  // Clients reach both; what hangs is between the regions.
  hangs: () => false,
  prepare: (points, given, id) =>
    prepareProxies(points, id, (point) => ({
      toxics: streamsOf(point, given).map((stream) => ({ type: 'timeout', stream, attributes: { timeout: 0 } })),
      switch: 'none',
    })),
  ...byUndo,
  // Either way no answer comes: the question is lost, or the answer is.
  probe: (point) => probeLink(point),
  inEffect: (_, before, now) => cutInEffect('blackhole', before, now),
};
