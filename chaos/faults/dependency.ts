/** A dependency that a region's services call by a proxy answers late, thinly or in pieces, or not at all. */
import { z } from 'zod';
import { text, wholeBetween } from '../../src/config/values.ts';
import { type LinkChange, prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import type { Fault } from '../fault.ts';
import { byUndo } from '../undo.ts';
import { CUTS, cutInEffect, cutLink, PROBE_MS, probeLink, probeSlowLink } from './link.ts';

const common = {
  name: text.describe('The `name:` of the link.'),
  region: text.default('all').describe('The region whose services call it; `all` for every one.'),
};
const FACES = 'one of refused, blackhole, reset, latency, bandwidth, slicer';

/** More jitter than this, and some answers would be as fast as without the fault: nobody could prove it gone. */
const MOST_JITTER_SHARE = 0.5;

const params = z.discriminatedUnion(
  'face',
  [
    z.strictObject({ ...common, face: z.enum(CUTS) }),
    z
      .strictObject({
        ...common,
        face: z.literal('latency').describe('Everything arrives later: by latency ± jitter, drawn anew each time.'),
        latencyMs: wholeBetween(100, 60_000, 'ms').default(1_000),
        jitterMs: wholeBetween(0, 30_000, 'ms').default(0),
        stream: z
          .enum(['downstream', 'upstream'], 'downstream or upstream')
          .default('downstream')
          .describe('What is late: the answers, or the requests.'),
      })
      .refine(({ latencyMs, jitterMs }) => jitterMs <= MOST_JITTER_SHARE * latencyMs, {
        path: ['jitterMs'],
        error: 'at most half of latencyMs',
      }),
    z.strictObject({
      ...common,
      face: z.literal('bandwidth').describe('So much of the answers passes per connection and second.'),
      kilobytesPerSecond: wholeBetween(1, 1_000_000, 'kB/s').default(10),
    }),
    z
      .strictObject({
        ...common,
        face: z.literal('slicer').describe('Answers arrive in small pieces, with a pause after each.'),
        averageBytes: wholeBetween(1, 1_000_000, 'bytes').default(32),
        variationBytes: wholeBetween(0, 1_000_000, 'bytes').default(0),
        delayUs: wholeBetween(0, 10_000_000, 'µs').default(50_000),
      })
      .refine(({ averageBytes, variationBytes }) => variationBytes < averageBytes, {
        path: ['variationBytes'],
        error: 'less than averageBytes',
      }),
  ],
  { error: FACES },
);
export type Dependency = z.output<typeof params>;

const changeOf = (given: Dependency): LinkChange => {
  const one = (type: 'latency' | 'bandwidth' | 'slicer', attributes: Record<string, number>): LinkChange => ({
    toxics: [{ type, stream: given.face === 'latency' ? given.stream : 'downstream', attributes }],
    switch: 'none',
  });
  switch (given.face) {
    case 'latency':
      return one('latency', { latency: given.latencyMs, jitter: given.jitterMs });
    case 'bandwidth':
      return one('bandwidth', { rate: given.kilobytesPerSecond });
    case 'slicer':
      return one('slicer', {
        average_size: given.averageBytes,
        size_variation: given.variationBytes,
        delay: given.delayUs,
      });
    default:
      return cutLink[given.face];
  }
};

/** Less than this and a busy machine's own hiccups could be taken for the fault. */
const LEAST_SEEN_MS = 100;
/** So much later is proof enough, however much later a large answer is in the end. */
const ENOUGH_MS = 1_000;

/**
 * By how much a look takes longer at least, ms; `bytes` is the size of the answer before the fault. A rate of r kB/s
 * lets r bytes pass in a millisecond; a slicer pauses once per piece.
 */
function slowerByMs(given: Dependency, bytes: number): number {
  if (given.face === 'latency') return given.latencyMs - given.jitterMs;
  if (given.face === 'bandwidth') return bytes / given.kilobytesPerSecond;
  if (given.face !== 'slicer') return 0;
  return (bytes / (given.averageBytes + given.variationBytes)) * (given.delayUs / 1_000);
}

export const dependency: Fault<Dependency> = {
  kind: 'dependency',
  title: 'what services call behind a proxy is slow, or lost',
  params,
  select(sites, { name, region }) {
    const links = sites.filter(({ kind }) => kind === 'dependency');
    const chosen = links.filter((one) => one.dependency === name && (region === 'all' || one.region === region));
    if (chosen.length > 0) return chosen;
    const there = links.map((one) => `${one.dependency} of ${one.region}`);
    const where = region === 'all' ? '' : ` in ${region}`;
    return `no link of kind dependency is named ${name}${where}; there are: ${there.join(', ') || 'none'}`;
  },
  regions: ({ region }) => (region === 'all' ? 'all' : [region]),
  // Services have caches, time-outs and fallbacks in front of it: that no client feels it may be just what is tested.
  hurts: () => null,
  hangs: ({ face }) => face === 'blackhole',
  prepare: (points, given, id) => prepareProxies(points, id, () => changeOf(given)),
  ...byUndo,
  probe(point, given) {
    if (given.face === 'latency') return probeSlowLink(point, given.latencyMs + given.jitterMs);
    return probeLink(point, given.face === 'bandwidth' || given.face === 'slicer' ? 2 * PROBE_MS : PROBE_MS);
  },
  unseen(given, before) {
    if (given.face !== 'bandwidth' && given.face !== 'slicer') return null;
    const { bytes = 0 } = before;
    const laterMs = slowerByMs(given, bytes);
    if (laterMs >= LEAST_SEEN_MS) return null;
    return `a look moves ${bytes} bytes, which would take ${Math.round(laterMs)} ms longer: too little to be told from chance; let \`probe.path\` of the link name a larger answer, or slow it more`;
  },
  inEffect(given, before, now) {
    if (given.face !== 'latency' && given.face !== 'bandwidth' && given.face !== 'slicer')
      return cutInEffect(given.face, before, now);
    if (before.outcome !== 'answered') return 'unknown';
    const laterMs = slowerByMs(given, before.bytes ?? 0);
    if (laterMs < LEAST_SEEN_MS && given.face !== 'latency') return now.outcome === 'answered' ? 'no' : 'unknown';
    const isLate = now.tookMs - before.tookMs >= Math.min(laterMs / 2, ENOUGH_MS);
    if (now.outcome === 'answered') return isLate ? 'yes' : 'no';
    // A large answer that trickles in outlasts the look; one that is late by a fixed time does not.
    return now.outcome === 'timeout' && given.face !== 'latency' && isLate ? 'yes' : 'unknown';
  },
};
