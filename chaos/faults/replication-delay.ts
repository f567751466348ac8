/** A replica falls behind its primary: by a fixed time, or further and further. */
import { z } from 'zod';
import { text, wholeBetween } from '../../src/config/values.ts';
import type { FaultPoint, Reading } from '../../src/formats/faults.ts';
import { type LinkChange, prepareProxies } from '../drivers/toxiproxy/prepare.ts';
import { prepareProcesses } from '../drivers/world/processes.ts';
import type { Fault } from '../fault.ts';
import { byUndo } from '../undo.ts';
import { cutLink, probeLink, probeSlowLink, regionsOf, slowLink } from './link.ts';

const region = text.describe('The region whose replica falls behind.');
const MODES = 'one of delay, pause, slow';

/**
 * Above half of PostgreSQL's wal_receiver_timeout (60 s) the stream breaks and reconnects repeatedly, which is another
 * fault (reference/toxiproxy-wan.md C1).
 */
const MAX_DELAY_MS = 29_999;
/** Half of it must stand out from the interval of the heartbeat, 100 ms. */
const MIN_DELAY_MS = 500;

const params = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({
      region,
      mode: z.literal('delay').describe('Delays all data by a fixed time; throughput stays the same.'),
      delayMs: wholeBetween(MIN_DELAY_MS, MAX_DELAY_MS, 'ms').default(2_000),
    }),
    z.strictObject({
      region,
      mode: z.literal('pause').describe('Replay stops; reads return the data of that moment.'),
    }),
    z.strictObject({
      region,
      mode: z
        .literal('slow')
        .describe('Less data arrives than is written, so the replica falls further and further behind.'),
      kilobytesPerSecond: wholeBetween(1, 100_000, 'kB/s').default(1),
    }),
  ],
  { error: MODES },
);
export type ReplicationDelay = z.output<typeof params>;

/** Lag beyond the reading before the fault that proves a stalled replica. */
const STALLED_MS = 1_000;

const changeOf = (given: ReplicationDelay): LinkChange => {
  if (given.mode === 'delay') return slowLink(given.delayMs);
  if (given.mode === 'pause') return cutLink.blackhole;
  const attributes = { rate: given.kilobytesPerSecond };
  return { toxics: [{ type: 'bandwidth', stream: 'downstream', attributes }], switch: 'none' };
};

export const replicationDelay: Fault<ReplicationDelay> = {
  kind: 'replication-delay',
  title: 'a replica falls behind its primary',
  params,
  select(sites, { region: behind, mode }) {
    const links = sites.filter(({ kind }) => kind === 'replication');
    const link = links.filter(({ region: of }) => of === behind);
    if (link.length === 0) {
      return `${behind} has no replica behind a Toxiproxy; regions that have one: ${regionsOf(links)}`;
    }
    if (mode !== 'pause') return link;
    // Pausing the replica itself is better: the data it has received is not lost with the primary.
    const database = sites.filter(
      ({ driver, kind, region: of }) => driver === 'world' && kind === 'database' && of === behind,
    );
    return database.length > 0 ? database : link;
  },
  regions: ({ region: behind }) => [behind],
  hurts: () => null,
  hangs: () => false,
  async prepare(points, given, id) {
    const of = (driver: FaultPoint['driver']) => points.filter((point) => point.driver === driver);
    const proxies = await prepareProxies(of('toxiproxy'), id, () => changeOf(given));
    return [...prepareProcesses(of('world'), id, 'pause'), ...proxies];
  },
  ...byUndo,
  /**
   * `value` is a lower bound on the lag: by the replica's heartbeat, or without one by the delay of the link.
   */
  async probe(point, given): Promise<Reading> {
    const reading = await (given.mode === 'delay' ? probeSlowLink(point, given.delayMs) : probeLink(point));
    if (point.probe.protocol === 'lag') return reading;
    const showsDelay = reading.outcome === 'answered' || reading.outcome === 'timeout';
    return { ...reading, value: showsDelay ? reading.tookMs : null };
  },
  inEffect(given, before, now) {
    if (before.outcome !== 'answered' || before.value === null || now.value === null) return 'unknown';
    const minMs = given.mode === 'delay' ? given.delayMs / 2 : STALLED_MS;
    return now.value - before.value >= minMs ? 'yes' : 'no';
  },
};
