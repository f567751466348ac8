/** The links to a primary, wide-area delay and Toxiproxy proxy each: those of writes and those of replication. */
import { startDelayHop } from './delay-hop.ts';
import { REGIONS, rttMs } from './regions.ts';
import type { Toxiproxy } from './servers.ts';

export interface PrimaryLinks {
  /** Ports of 127.0.0.1 by region: where its API finds the primary, and where its replica streams from. */
  primary: Record<string, number>;
  replication: Record<string, number>;
}

/**
 * Makes the proxies `primary-<region>` and `replication-<region>` to the database on `port` in region `primary`, and a
 * delay hop in front of each that leaves the region. A later primary's links are others: they carry a suffix, and a
 * fault on a link to the old one does not touch them.
 */
export async function linksTo(
  toxiproxy: Toxiproxy,
  primary: string,
  port: number,
  replicas: readonly string[],
  suffix = '',
): Promise<PrimaryLinks> {
  const link = async (kind: string, region: string): Promise<[string, number]> => {
    const proxy = await toxiproxy.proxy(`${kind}-${region}${suffix}`, port);
    const oneWayMs = rttMs(region, primary) / 2;
    return [region, oneWayMs === 0 ? proxy : (await startDelayHop({ oneWayMs, upstreamPort: proxy })).port];
  };
  const [writes, streams] = await Promise.all([
    Promise.all(REGIONS.map(({ id }) => link('primary', id))),
    Promise.all(replicas.map((id) => link('replication', id))),
  ]);
  return { primary: Object.fromEntries(writes), replication: Object.fromEntries(streams) };
}

/** Makes the proxies `sync-<from>-<to>` to the APIs on these ports, both ways; returns the ports by caller and callee. */
export async function syncLinks(
  toxiproxy: Toxiproxy,
  apiPorts: Record<string, number>,
): Promise<Record<string, Record<string, number>>> {
  const link = async (from: string, to: string): Promise<[string, number]> => {
    const upstreamPort = await toxiproxy.proxy(`sync-${from}-${to}`, apiPorts[to]!);
    return [to, (await startDelayHop({ oneWayMs: rttMs(from, to) / 2, upstreamPort })).port];
  };
  const others = (from: string): string[] => REGIONS.map(({ id }) => id).filter((id) => id !== from);
  return Object.fromEntries(
    await Promise.all(
      REGIONS.map(
        async ({ id }) =>
          [
            id,
            Object.fromEntries(await Promise.all(others(id).map((to) => link(id, to)))) as Record<string, number>,
          ] as const,
      ),
    ),
  );
}
