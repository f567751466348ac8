/** A region's Redis is lost: its connections fail in one of four ways, its data is gone, or it is full. */
import { z } from 'zod';
import { text, wholeBetween } from '../../src/config/values.ts';
import { prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import { prepareProcesses } from '../drivers/world/processes.ts';
import type { Fault } from '../fault.ts';
import { probeRedisMemory, probeRedisUptime } from '../probe.ts';
import { byUndo } from '../undo.ts';
import {
  CUTS,
  cutInEffect,
  cutLink,
  PROBE_MS,
  probeLink,
  probeSlowLink,
  regionsOf,
  slowInEffect,
  slowLink,
} from './link.ts';

const region = text.default('all').describe('The region whose Redis is lost; `all` for every one.');
const FACES = 'one of refused, reset, blackhole, slow, empty, full';

const params = z.discriminatedUnion(
  'face',
  [
    z.strictObject({ region, face: z.enum(CUTS) }),
    z.strictObject({
      region,
      face: z.literal('slow').describe('It responds late.'),
      latencyMs: wholeBetween(200, 60_000, 'ms').default(1_000),
    }),
    z.strictObject({ region, face: z.literal('empty').describe('It restarts without data.') }),
    z.strictObject({
      region,
      face: z.literal('full').describe('Its memory is full: it serves what it has and takes nothing.'),
    }),
  ],
  { error: FACES },
);
export type RedisLoss = z.output<typeof params>;

/**
 * An emptied Redis is an event, not a state: there is nothing to undo, and the data returns as clients request it. It
 * counts as in effect for this long after its restart, so that probes see it in effect and later cleared.
 */
const FRESH_MS = 3_000;

/** Done to the Redis itself, not to the link in front of it. */
const isInside = (face: RedisLoss['face']): boolean => face === 'empty' || face === 'full';

export const redisLoss: Fault<RedisLoss> = {
  kind: 'redis-loss',
  title: 'the Redis of a region (cache and sessions) is lost or slow',
  params,
  select(sites, { region: lost, face }) {
    const kind = isInside(face) ? 'store' : 'redis';
    const stores = sites.filter((site) => site.kind === kind);
    const chosen = stores.filter((site) => lost === 'all' || site.region === lost);
    if (chosen.length > 0) return chosen;
    const what = isInside(face) ? 'no Redis that a world controls' : 'no Toxiproxy in front of a Redis';
    return `there is ${what} in ${lost === 'all' ? 'any region' : lost}; regions that have one: ${regionsOf(stores)}`;
  },
  regions: ({ region: lost }) => (lost === 'all' ? 'all' : [lost]),
  // Whether services can do without their cache is what is tested.
  hurts: () => null,
  hangs: ({ face }) => face === 'blackhole',
  async prepare(points, given, id) {
    if (given.face === 'empty') return prepareProcesses(points, id, 'empty');
    if (given.face === 'full') return prepareProcesses(points, id, 'fill');
    const change = given.face === 'slow' ? slowLink(given.latencyMs) : cutLink[given.face];
    return prepareProxies(points, id, () => change);
  },
  ...byUndo,
  probe(point, given) {
    if (point.probe.protocol === 'redis') {
      if (given.face === 'empty') return probeRedisUptime(point.probe, PROBE_MS);
      if (given.face === 'full') return probeRedisMemory(point.probe, PROBE_MS);
    }
    return given.face === 'slow' ? probeSlowLink(point, given.latencyMs) : probeLink(point);
  },
  inEffect(given, before, now) {
    if (given.face === 'slow') return slowInEffect(given.latencyMs, before, now);
    if (given.face !== 'empty' && given.face !== 'full') return cutInEffect(given.face, before, now);
    // While it restarts it refuses connections, which proves neither.
    if (now.outcome !== 'answered' || before.value === null || now.value === null) return 'unknown';
    if (given.face === 'full') return now.value <= 0 && before.value > 0 ? 'yes' : 'no';
    return now.value < FRESH_MS && now.value < before.value ? 'yes' : 'no';
  },
};
