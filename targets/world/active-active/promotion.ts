/**
 * What happens when the primary is gone: the old one is fenced, eu-west-1's replica is promoted, every API writes
 * there, the other replica follows it. Once; there is no way back until the world is started again.
 *
 * The old primary's region stays in service with what is honest: its own database is ended at once, comes back as one
 * that cannot write (a replica of nobody) and is asked by nobody; its API reads and writes in the new primary, a round
 * trip of 70 ms away. Acknowledged writes that had not reached a replica are lost: replication is asynchronous.
 */
import type { Address } from '../kit/address.ts';
import { type Defect, replayDelayMs } from './defects.ts';
import { startDelayHop } from '../kit/delay-hop.ts';
import type { Ground } from '../kit/ground.ts';
import { linksTo, type Wiring } from '../kit/links.ts';
import type { CheckRhythm } from '../kit/health-check.ts';
import type { WorldProcess } from '../kit/processes.ts';
import { watchPrimary } from '../kit/postgres/primary-watch.ts';
import { rttMs } from '../kit/topology.ts';
import type { RegionalApis } from './regional-apis.ts';
import { PRIMARY, REPLICAS, SUCCESSOR, TOPOLOGY } from './topology.ts';
import { slotName } from '../kit/postgres/replica-settings.ts';
import { type SteadyClient, steadyClient } from '../kit/postgres/steady-client.ts';
import type { TruthLog } from '../kit/truth.ts';

export interface PromotionParts {
  defect: Defect;
  truth: TruthLog;
  wiring: Wiring;
  ground: Ground;
  /** Of every region's database, past every link. */
  databases: Record<string, Address>;
  processes: Record<string, WorldProcess>;
  apis: RegionalApis;
}

/** WAL that is under way when the primary ends: the longest way to a replica, and a little. */
const UNDER_WAY_MS = 250;
const PATIENCE_MS = 10_000;

const OTHERS = REPLICAS.filter((id) => id !== SUCCESSOR);

/**
 * Watches the primary through these links by region and promotes, once, when a quorum has lost it; tries again as long
 * as it is gone. Calls `promoted` with the new primary's region and address.
 */
export function promoteWhenGone(
  parts: PromotionParts,
  { links, rhythm }: { links: Record<string, Address>; rhythm: CheckRhythm },
  promoted: (region: string, database: Address) => void,
): void {
  const { truth } = parts;
  const progress = { isFenced: false };
  let isTrying = false;
  const untilPromoted = async (): Promise<void> => {
    if (isTrying) return;
    isTrying = true;
    let failure = '';
    // Once the old primary is fenced there is no way back: it answers again, but it takes no writes.
    while (watch.isDown() || progress.isFenced) {
      try {
        await promote(parts, progress);
        watch.stop();
        promoted(SUCCESSOR, parts.databases[SUCCESSOR]!);
        return;
      } catch (error) {
        const { message } = error as Error;
        if (message !== failure) truth.add('promotion-failed', SUCCESSOR, message);
        failure = message;
        await new Promise((resolve) => setTimeout(resolve, rhythm.intervalMs));
      }
    }
    isTrying = false;
  };
  const watch = watchPrimary(links, rhythm, (health, missing) => {
    truth.add(`primary-${health}`, PRIMARY, missing.length > 0 ? `missed by ${missing.join(', ')}` : 'missed by none');
    if (health === 'down') void untilPromoted();
  });
}

/** Promotes; rejects if the successor cannot be. Resolves once writes go there. */
async function promote(parts: PromotionParts, progress: { isFenced: boolean }): Promise<void> {
  const { defect, truth, wiring, ground, databases, processes, apis } = parts;
  const successor = processes[SUCCESSOR]!;
  if (successor.state === 'stopped' || successor.state === 'frozen') throw new Error(`it is ${successor.state}`);
  const epoch = apis.views[SUCCESSOR]!.epoch + 1;
  const address = databases[SUCCESSOR]!;
  const client = steadyClient(address, PATIENCE_MS);
  try {
    if (defect !== 'split-brain' && !progress.isFenced) {
      await processes[PRIMARY]!.fence(() => ground.makeReadOnly(PRIMARY));
      progress.isFenced = true;
      truth.add('fenced', PRIMARY, 'its database was ended and will not write again until the world is restarted');
      await new Promise((resolve) => setTimeout(resolve, UNDER_WAY_MS));
      await takeWhatOthersHave(parts, client);
    }
    await client.query('SELECT pg_promote(true, 10)');
    await client.query('UPDATE epoch SET value = $1', [epoch]);
    const links = await linksTo(wiring, SUCCESSOR, address, OTHERS, `-epoch-${epoch}`);
    for (const { id } of TOPOLOGY.regions) {
      // Planted: nobody tells the old primary's region, and nobody ended its database.
      if (defect === 'split-brain' && id === PRIMARY) continue;
      apis.tell(id, {
        epoch,
        role: OTHERS.includes(id) ? 'replica' : 'primary',
        local: databases[id]!,
        primary: ground.reached(links.primary[id]!),
        rttToPrimaryMs: rttMs(TOPOLOGY, id, SUCCESSOR),
      });
    }
    truth.add('promoted', SUCCESSOR, `epoch ${epoch}; writes of every region go there`);
    for (const id of OTHERS) {
      await follow(parts, client, id, ground.reached(links.replication[id]!)).catch((error: Error) =>
        truth.add('not-following', id, error.message),
      );
    }
  } finally {
    client.close();
  }
}

/** A replica that was cut off a moment later has more than the successor: that must not be lost, nor in its way. */
async function takeWhatOthersHave({ ground, databases, processes, truth }: PromotionParts, client: SteadyClient) {
  const received = 'SELECT coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text AS lsn';
  for (const id of OTHERS) {
    if (processes[id]!.state === 'stopped' || processes[id]!.state === 'frozen') continue;
    const other = steadyClient(databases[id]!, 1_000);
    try {
      const [there] = await other.query<{ lsn: string }>(received);
      const isBehind = async (): Promise<boolean> => {
        const [here] = await client.query<{ behind: string }>(
          'SELECT pg_wal_lsn_diff($1::pg_lsn, coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()))::text AS behind',
          [there!.lsn],
        );
        return Number(here!.behind) > 0;
      };
      if (!(await isBehind())) continue;
      const oneWayMs = rttMs(TOPOLOGY, SUCCESSOR, id) / 2;
      const hop = await startDelayHop({ oneWayMs, upstream: databases[id]!, listen: ground.door('catch-up') });
      try {
        await ground.streamFrom(SUCCESSOR, { address: ground.reached(hop.port), slot: false, replayDelayMs: 0 });
        await client.query('SELECT pg_reload_conf()');
        const deadlineMs = performance.now() + 3_000;
        while ((await isBehind()) && performance.now() < deadlineMs) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        truth.add('caught-up', SUCCESSOR, `took from ${id} what only that had of the old primary`);
      } finally {
        await hop.close();
      }
    } catch (error) {
      truth.add('not-caught-up', SUCCESSOR, `${id}: ${(error as Error).message}`);
    } finally {
      other.close();
    }
  }
}

/** The replica of this region streams from the new primary; one that does not run will when it does. */
async function follow(
  { defect, ground, databases, processes, truth }: PromotionParts,
  client: SteadyClient,
  id: string,
  address: Address,
) {
  await client.query('SELECT pg_create_physical_replication_slot($1, true)', [slotName(id)]);
  await ground.streamFrom(id, { address, slot: true, replayDelayMs: replayDelayMs(defect, id) });
  truth.add('follows', id, SUCCESSOR);
  if (processes[id]!.state === 'stopped') return;
  const replica = steadyClient(databases[id]!, 1_000);
  // One that is frozen takes note when it wakes: the signal waits for it.
  await replica.query('SELECT pg_reload_conf()').catch(() => processes[id]!.handle.reload());
  replica.close();
}
