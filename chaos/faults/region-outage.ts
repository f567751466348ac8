/** A region is lost: for its clients, and unless only its ingress is degraded, for the other regions too. */
import { z } from 'zod';
import { between, text, wholeBetween } from '../../src/config/values.ts';
import type { FaultPoint, Reading } from '../../src/formats/faults.ts';
import { type LinkChange, prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import type { Fault } from '../fault.ts';
import { byUndo } from '../undo.ts';
import { CUTS, cutInEffect, cutLink, probeLink, probeSlowLink, regionsOf, slowInEffect, slowLink } from './link.ts';

const region = text.describe('The region that is lost.');
const FACES = 'one of refused, blackhole, reset, brown-out, grey';

const params = z.discriminatedUnion(
  'face',
  [
    z.strictObject({ region, face: z.enum(CUTS) }),
    z.strictObject({
      region,
      face: z.literal('brown-out').describe('It responds late.'),
      latencyMs: wholeBetween(200, 60_000, 'ms').default(2_000),
    }),
    z.strictObject({
      region,
      face: z.literal('grey').describe('Some connections hang, others work.'),
      toxicity: between(0.1, 0.9).default(0.3).describe('Share of the connections that hang.'),
    }),
  ],
  { error: FACES },
);
export type RegionOutage = z.output<typeof params>;

/**
 * Responses on a grey connection are held longer than any client waits. A `timeout` toxic would not do: its removal
 * closes every connection of the proxy, also unaffected ones, and the revert would look like another outage.
 */
const HOLD_MS = 60_000;
/** Probability that a probe misses the connections that hang. */
const MISS_PROBABILITY = 0.001;

const changeOf = (given: RegionOutage): LinkChange => {
  if (given.face === 'brown-out') return slowLink(given.latencyMs);
  if (given.face !== 'grey') return cutLink[given.face];
  const { toxics, switch: how } = slowLink(HOLD_MS);
  return { toxics: toxics.map((toxic) => ({ ...toxic, toxicity: given.toxicity })), switch: how };
};

/** Opens as many connections at once as it takes to meet one that hangs; returns the worst reading. */
async function probeMany(point: FaultPoint, toxicity: number): Promise<Reading> {
  const count = Math.ceil(Math.log(MISS_PROBABILITY) / Math.log(1 - toxicity));
  const readings = await Promise.all(Array.from({ length: count }, () => probeLink(point)));
  const failed = readings.find(({ outcome }) => outcome !== 'answered');
  const slowest = readings.reduce((worst, reading) => (reading.tookMs > worst.tookMs ? reading : worst));
  return readings.find(({ outcome }) => outcome === 'timeout') ?? failed ?? slowest;
}

/**
 * Acts on every link into, inside or out of the region; `brown-out` and `grey` act on its ingress only.
 */
export const regionOutage: Fault<RegionOutage> = {
  kind: 'region-outage',
  title: 'a region is lost or degraded',
  params,
  select(sites, { region: lost, face }) {
    const links = sites.filter(({ driver }) => driver === 'toxiproxy');
    const ingress = links.filter(({ kind, region: of }) => kind === 'ingress' && of === lost);
    if (ingress.length === 0) {
      const others = links.filter(({ kind }) => kind === 'ingress');
      return `there is no Toxiproxy in front of ${lost}; regions that have one: ${regionsOf(others)}`;
    }
    if (face === 'brown-out' || face === 'grey') return ingress;
    const inner = links.filter(({ kind, region: of, to }) => kind !== 'ingress' && (of === lost || to === lost));
    return [...ingress, ...inner];
  },
  regions: ({ region: lost }) => [lost],
  hurts: (given) => ({
    regions: [given.region],
    share: given.face === 'grey' ? given.toxicity : 1,
    slowerByMs: given.face === 'brown-out' ? given.latencyMs : null,
  }),
  hangs: ({ face }) => face === 'blackhole' || face === 'grey',
  prepare: (points, given, id) => prepareProxies(points, id, () => changeOf(given)),
  ...byUndo,
  probe(point, given) {
    if (given.face === 'grey') return probeMany(point, given.toxicity);
    return given.face === 'brown-out' ? probeSlowLink(point, given.latencyMs) : probeLink(point);
  },
  inEffect(given, before, now) {
    if (given.face === 'brown-out') return slowInEffect(given.latencyMs, before, now);
    return cutInEffect(given.face === 'grey' ? 'blackhole' : given.face, before, now);
  },
};
