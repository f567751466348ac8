/**
 * Whether somebody on a proxy has stopped reading. Then a toxic must be neither added nor taken off while the connection is
 * there: Toxiproxy would wait for it with every lock in hand, answer nothing about that proxy any more, and with the next
 * connection that comes in, not even let it be deleted [measured, 2.12].
 */
import { readFile } from 'node:fs/promises';
import type { Proxy } from './client.ts';

/**
 * As the kernel of this machine sees it; false where it is not Linux, or the Toxiproxy stands elsewhere: then nobody can
 * tell.
 */
export async function hasStalledReader({ listen, upstream }: Pick<Proxy, 'listen' | 'upstream'>): Promise<boolean> {
  const sockets = await (looking ??= look().finally(() => (looking = null)));
  return sockets.some(({ local, remote }) => local === portOf(listen) || remote === portOf(upstream));
}

interface StalledSocket {
  local: number;
  remote: number;
}

/** Many points ask at the same time, and the tables are long on a busy machine: one look serves them all. */
let looking: Promise<StalledSocket[]> | null = null;

/** Of a line of /proc/net/tcp: both ports, of an established socket (01) that probes a closed window (04). */
const STALLED = / \w+:(\w{4}) \w+:(\w{4}) 01 \S+ 04:/g;

async function look(): Promise<StalledSocket[]> {
  const files = ['/proc/net/tcp', '/proc/net/tcp6'];
  const tables = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
  return [...tables.join('\n').matchAll(STALLED)].map(([, local, remote]) => ({
    local: Number.parseInt(local!, 16),
    remote: Number.parseInt(remote!, 16),
  }));
}

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
