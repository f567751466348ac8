/** A dependency that a region's services call through a proxy is slow, throttled, sliced or lost. */
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

/** With more jitter some responses would be as fast as without the fault, and probes could not confirm it cleared. */
const MAX_JITTER_SHARE = 0.5;

const params = z.discriminatedUnion(
  'face',
  [
    z.strictObject({ ...common, face: z.enum(CUTS) }),
    z
      .strictObject({
        ...common,
        face: z.literal('latency').describe('Adds latency ± jitter, drawn anew for each chunk of data.'),
        latencyMs: wholeBetween(100, 60_000, 'ms').default(1_000),
        jitterMs: wholeBetween(0, 30_000, 'ms').default(0),
        stream: z
          .enum(['downstream', 'upstream'], 'downstream or upstream')
          .default('downstream')
          .describe('Delays responses (downstream) or requests (upstream).'),
      })
      .refine(({ latencyMs, jitterMs }) => jitterMs <= MAX_JITTER_SHARE * latencyMs, {
        path: ['jitterMs'],
        error: 'at most half of latencyMs',
      }),
    z.strictObject({
      ...common,
      face: z.literal('bandwidth').describe('Limits the bandwidth of responses, per connection.'),
      kilobytesPerSecond: wholeBetween(1, 1_000_000, 'kB/s').default(10),
    }),
    z
      .strictObject({
        ...common,
        face: z.literal('slicer').describe('Splits responses into small pieces, with a pause after each.'),
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

/** Smaller delays cannot be distinguished from the noise of a busy machine. */
const MIN_VISIBLE_MS = 100;
/** A probe this much slower proves the fault, even if its whole delay is longer. */
const SUFFICIENT_MS = 1_000;

/**
 * Lower bound on how much longer a probe takes, ms; `bytes` is the size of the response before the fault. A rate of r
 * kB/s is r bytes per ms; a slicer pauses once per piece.
 */
function slowerByMs(given: Dependency, bytes: number): number {
  if (given.face === 'latency') return given.latencyMs - given.jitterMs;
  if (given.face === 'bandwidth') return bytes / given.kilobytesPerSecond;
  if (given.face !== 'slicer') return 0;
  return (bytes / (given.averageBytes + given.variationBytes)) * (given.delayUs / 1_000);
}

export const dependency: Fault<Dependency> = {
  kind: 'dependency',
  title: 'a dependency behind a proxy is slow or lost',
  params,
  select(sites, { name, region }) {
    const links = sites.filter(({ kind }) => kind === 'dependency');
    const chosen = links.filter((one) => one.dependency === name && (region === 'all' || one.region === region));
    if (chosen.length > 0) return chosen;
    const there = links.map((one) => `${one.dependency} of ${one.region}`);
    const where = region === 'all' ? '' : ` in ${region}`;
    return `no link of kind dependency is named ${name}${where}; known: ${there.join(', ') || 'none'}`;
  },
  regions: ({ region }) => (region === 'all' ? 'all' : [region]),
  // Services may hide it behind caches, time-outs and fallbacks, which may be just what is tested.
  hurts: () => null,
  hangs: ({ face }) => face === 'blackhole',
  prepare: (points, given, id) => prepareProxies(points, id, () => changeOf(given)),
  ...byUndo,
  probe(point, given) {
    if (given.face === 'latency') return probeSlowLink(point, given.latencyMs + given.jitterMs);
    return probeLink(point, given.face === 'bandwidth' || given.face === 'slicer' ? 2 * PROBE_MS : PROBE_MS);
  },
  unobservable(given, before) {
    if (given.face !== 'bandwidth' && given.face !== 'slicer') return null;
    const { bytes = 0 } = before;
    const laterMs = slowerByMs(given, bytes);
    if (laterMs >= MIN_VISIBLE_MS) return null;
    return `a probe transfers ${bytes} bytes, which would take ${Math.round(laterMs)} ms longer: too little to distinguish from noise; point \`probe.path\` of the link at a larger response, or slow it more`;
  },
  inEffect(given, before, now) {
    if (given.face !== 'latency' && given.face !== 'bandwidth' && given.face !== 'slicer')
      return cutInEffect(given.face, before, now);
    if (before.outcome !== 'answered') return 'unknown';
    const laterMs = slowerByMs(given, before.bytes ?? 0);
    if (laterMs < MIN_VISIBLE_MS && given.face !== 'latency') return now.outcome === 'answered' ? 'no' : 'unknown';
    const isLate = now.tookMs - before.tookMs >= Math.min(laterMs / 2, SUFFICIENT_MS);
    if (now.outcome === 'answered') return isLate ? 'yes' : 'no';
    // A large response at a low rate outlasts the probe; one that is delayed by a fixed time does not.
    return now.outcome === 'timeout' && given.face !== 'latency' && isLate ? 'yes' : 'unknown';
  },
};
