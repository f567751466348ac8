/**
 * Promotion after the loss of the primary: the old primary is fenced, the replica in eu-west-1 is promoted, every API
 * writes to it, and the other replica follows it. This happens once; there is no fail-back until the world restarts.
 *
 * The old primary's region stays in service: its own database is killed, restarts read-only (a replica without a
 * primary) and is no longer used; its API reads from and writes to the new primary, a round trip of 70 ms away.
 * Acknowledged writes that had not reached a replica are lost: replication is asynchronous.
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
import { type ReconnectingClient, reconnectingClient } from '../kit/postgres/reconnecting-client.ts';
import type { TruthLog } from '../kit/truth.ts';

export interface PromotionParts {
  defect: Defect;
  truth: TruthLog;
  wiring: Wiring;
  ground: Ground;
  /** Direct addresses of every region's database, bypassing all links. */
  databases: Record<string, Address>;
  processes: Record<string, WorldProcess>;
  apis: RegionalApis;
}

/** Time for WAL in flight to arrive when the primary stops: the longest path to a replica, and a margin. */
const WAL_IN_FLIGHT_MS = 250;
const TIMEOUT_MS = 10_000;

const OTHERS = REPLICAS.filter((id) => id !== SUCCESSOR);

/**
 * Watches the primary through these links, by region, and promotes once when a quorum has lost it; retries while it is
 * lost. Calls `promoted` with the new primary's region and address.
 */
export function promoteOnLoss(
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
    // Fencing is final: the old primary may respond again, but it accepts no writes.
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
    truth.add(
      `primary-${health}`,
      PRIMARY,
      missing.length > 0 ? `unreachable from ${missing.join(', ')}` : 'reachable from all',
    );
    if (health === 'down') void untilPromoted();
  });
}

/** Promotes the successor; rejects if that fails. Resolves once writes go there. */
async function promote(parts: PromotionParts, progress: { isFenced: boolean }): Promise<void> {
  const { defect, truth, wiring, ground, databases, processes, apis } = parts;
  const successor = processes[SUCCESSOR]!;
  if (successor.state === 'stopped' || successor.state === 'frozen')
    throw new Error(`its database is ${successor.state}`);
  const epoch = apis.views[SUCCESSOR]!.epoch + 1;
  const address = databases[SUCCESSOR]!;
  const client = reconnectingClient(address, TIMEOUT_MS);
  try {
    if (defect !== 'split-brain' && !progress.isFenced) {
      await processes[PRIMARY]!.fence(() => ground.makeReadOnly(PRIMARY));
      progress.isFenced = true;
      truth.add('fenced', PRIMARY, 'its database was stopped and stays read-only until the world restarts');
      await new Promise((resolve) => setTimeout(resolve, WAL_IN_FLIGHT_MS));
      await catchUp(parts, client);
    }
    await client.query('SELECT pg_promote(true, 10)');
    await client.query('UPDATE epoch SET value = $1', [epoch]);
    const links = await linksTo(wiring, SUCCESSOR, address, OTHERS, `-epoch-${epoch}`);
    for (const { id } of TOPOLOGY.regions) {
      // Planted defect: the old primary is not fenced, and its region is not told of the promotion.
      if (defect === 'split-brain' && id === PRIMARY) continue;
      apis.sendView(id, {
        epoch,
        role: OTHERS.includes(id) ? 'replica' : 'primary',
        local: databases[id]!,
        primary: ground.addressFromRegions(links.primary[id]!),
        rttToPrimaryMs: rttMs(TOPOLOGY, id, SUCCESSOR),
      });
    }
    truth.add('promoted', SUCCESSOR, `epoch ${epoch}; all regions write there`);
    for (const id of OTHERS) {
      await follow(parts, client, id, ground.addressFromRegions(links.replication[id]!)).catch((error: Error) =>
        truth.add('not-following', id, error.message),
      );
    }
  } finally {
    client.close();
  }
}

/**
 * Fetches WAL that another replica has and the successor does not. Otherwise those writes would be lost, and the other
 * replica could not follow the successor.
 */
async function catchUp({ ground, databases, processes, truth }: PromotionParts, client: ReconnectingClient) {
  const received = 'SELECT coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text AS lsn';
  for (const id of OTHERS) {
    if (processes[id]!.state === 'stopped' || processes[id]!.state === 'frozen') continue;
    const other = reconnectingClient(databases[id]!, 1_000);
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
      const hop = await startDelayHop({ oneWayMs, upstream: databases[id]!, listen: ground.listenAddress('catch-up') });
      try {
        await ground.streamFrom(SUCCESSOR, {
          address: ground.addressFromRegions(hop.port),
          slot: false,
          replayDelayMs: 0,
        });
        await client.query('SELECT pg_reload_conf()');
        const deadlineMs = performance.now() + 3_000;
        while ((await isBehind()) && performance.now() < deadlineMs) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        truth.add('caught-up', SUCCESSOR, `received WAL of the old primary that only ${id} had`);
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

/** Makes the replica of this region stream from the new primary, now or from its next start on. */
async function follow(
  { defect, ground, databases, processes, truth }: PromotionParts,
  client: ReconnectingClient,
  id: string,
  address: Address,
) {
  await client.query('SELECT pg_create_physical_replication_slot($1, true)', [slotName(id)]);
  await ground.streamFrom(id, { address, slot: true, replayDelayMs: replayDelayMs(defect, id) });
  truth.add('follows', id, SUCCESSOR);
  if (processes[id]!.state === 'stopped') return;
  const replica = reconnectingClient(databases[id]!, 1_000);
  // A frozen process handles the signal when it is thawed.
  await replica.query('SELECT pg_reload_conf()').catch(() => processes[id]!.handle.reload());
  replica.close();
}
