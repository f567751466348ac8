/** A region's Redis is lost: its connections fail in one of four ways, or its data is gone. */
import { z } from 'zod';
import { text, wholeBetween } from '../../src/config/values.ts';
import { prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import { prepareProcesses } from '../drivers/world/processes.ts';
import type { Fault } from '../fault.ts';
import { probeRedisUptime } from '../probe.ts';
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
const FACES = 'one of refused, reset, blackhole, slow, empty';

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
  ],
  { error: FACES },
);
export type RedisLoss = z.output<typeof params>;

/**
 * An emptied Redis is an event, not a state: there is nothing to undo, and the data returns as clients request it. It
 * counts as in effect for this long after its restart, so that probes see it in effect and later cleared.
 */
const FRESH_MS = 3_000;

export const redisLoss: Fault<RedisLoss> = {
  kind: 'redis-loss',
  title: 'the Redis of a region (cache and sessions) is lost or slow',
  params,
  select(sites, { region: lost, face }) {
    const kind = face === 'empty' ? 'store' : 'redis';
    const stores = sites.filter((site) => site.kind === kind);
    const chosen = stores.filter((site) => lost === 'all' || site.region === lost);
    if (chosen.length > 0) return chosen;
    const what = face === 'empty' ? 'no Redis that can be restarted' : 'no Toxiproxy in front of a Redis';
    return `there is ${what} in ${lost === 'all' ? 'any region' : lost}; regions that have one: ${regionsOf(stores)}`;
  },
  regions: ({ region: lost }) => (lost === 'all' ? 'all' : [lost]),
  // Whether services can do without their cache is what is tested.
  hurts: () => null,
  hangs: ({ face }) => face === 'blackhole',
  prepare: async (points, given, id) =>
    given.face === 'empty'
      ? prepareProcesses(points, id, 'empty')
      : await prepareProxies(points, id, () =>
          given.face === 'slow' ? slowLink(given.latencyMs) : cutLink[given.face],
        ),
  ...byUndo,
  probe(point, given) {
    if (given.face === 'empty' && point.probe.protocol === 'redis') return probeRedisUptime(point.probe, PROBE_MS);
    return given.face === 'slow' ? probeSlowLink(point, given.latencyMs) : probeLink(point);
  },
  inEffect(given, before, now) {
    if (given.face === 'slow') return slowInEffect(given.latencyMs, before, now);
    if (given.face !== 'empty') return cutInEffect(given.face, before, now);
    // While it restarts it refuses connections, which proves neither.
    if (now.outcome !== 'answered' || before.value === null || now.value === null) return 'unknown';
    return now.value < FRESH_MS && now.value < before.value ? 'yes' : 'no';
  },
};
