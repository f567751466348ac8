/** A replica falls behind its primary: by a fixed time, more and more, or without end. */
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
 * Above half of PostgreSQL's wal_receiver_timeout (60 s) the stream breaks and comes back, over and over: that is
 * another fault than the one asked for (reference/toxiproxy-wan.md C1).
 */
const MOST_DELAY_MS = 29_999;
/** Twice this is the least that stands out from the beat of the heartbeat, 100 ms. */
const LEAST_DELAY_MS = 500;

const params = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({
      region,
      mode: z.literal('delay').describe('Everything arrives so much later; throughput stays.'),
      delayMs: wholeBetween(LEAST_DELAY_MS, MOST_DELAY_MS, 'ms').default(2_000),
    }),
    z.strictObject({ region, mode: z.literal('pause').describe('It stands still, and reads answer from then.') }),
    z.strictObject({
      region,
      mode: z.literal('slow').describe('Less arrives than is written: it falls behind further and further.'),
      kilobytesPerSecond: wholeBetween(1, 100_000, 'kB/s').default(1),
    }),
  ],
  { error: MODES },
);
export type ReplicationDelay = z.output<typeof params>;

/** So much older than before, and the replica is not merely late. */
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
    // Better stopped in the replica itself: what is paused there is not lost with the primary.
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
   * `value` is how far behind the replica is at least: by its heartbeat, or where none can be seen, by the link alone.
   */
  async probe(point, given): Promise<Reading> {
    const reading = await (given.mode === 'delay' ? probeSlowLink(point, given.delayMs) : probeLink(point));
    if (point.probe.protocol === 'lag') return reading;
    const isTelling = reading.outcome === 'answered' || reading.outcome === 'timeout';
    return { ...reading, value: isTelling ? reading.tookMs : null };
  },
  inEffect(given, before, now) {
    if (before.outcome !== 'answered' || before.value === null || now.value === null) return 'unknown';
    const least = given.mode === 'delay' ? given.delayMs / 2 : STALLED_MS;
    return now.value - before.value >= least ? 'yes' : 'no';
  },
};
