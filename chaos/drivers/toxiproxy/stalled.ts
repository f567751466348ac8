/**
 * Whether a peer of a proxy has stopped reading. Then no toxic may be added or removed while that connection is open:
 * Toxiproxy would wait for it while holding its locks, stop responding about that proxy, and after the next new
 * connection not even delete it [measured, 2.12].
 */
import { readFile } from 'node:fs/promises';
import { addressesOf, canonicalAddress, isOfThisMachine } from '../../machine.ts';
import type { Proxy } from './client.ts';

/** `unseen`: the proxy's connections are not in the kernel tables that can be read here. */
export type Readers = 'reading' | 'stalled' | 'unseen';

/**
 * By the socket tables of this machine's kernel. `unseen` if it is not Linux, if the Toxiproxy runs on another machine,
 * and if nothing listens here on the proxy's port (in a container, for example): other sockets with the same ports
 * prove nothing.
 */
export async function readersOf(
  { listen, upstream, enabled }: Pick<Proxy, 'listen' | 'upstream' | 'enabled'>,
  control: string,
): Promise<Readers> {
  const where = await addressesOf(new URL(control).hostname.replace(/^\[|\]$/g, ''));
  if (where.length === 0 || !where.every(isOfThisMachine)) return 'unseen';
  const sockets = await (reading ??= readSockets().finally(() => (reading = null)));
  const [front, back] = [hostPortOf(listen), hostPortOf(upstream)];
  const isFront = ({ ip, port }: End): boolean =>
    port === front.port && (isAny(front.host) || isAny(ip) || ip === front.host);
  if (enabled && !sockets.some(({ state, local }) => state === 'listening' && isFront(local))) return 'unseen';
  const behind = await addressesOf(back.host === '' ? '127.0.0.1' : back.host);
  const isStalled = sockets.some(
    ({ state, local, remote }) =>
      state === 'stalled' && (isFront(local) || (remote.port === back.port && behind.includes(remote.ip))),
  );
  return isStalled ? 'stalled' : 'reading';
}

/** Why it is unknown whether a client has stopped reading, and what follows; for messages. */
export const unseenWords = (control: string): string =>
  `${control} is on another machine or in a container: a client of its proxies that has stopped reading is not visible from here, and would make Toxiproxy hang when a toxic is added`;

interface End {
  ip: string;
  port: number;
}

interface KernelSocket {
  state: 'listening' | 'stalled';
  local: End;
  remote: End;
}

/** Shared by concurrent callers: the tables are long on a busy machine. */
let reading: Promise<KernelSocket[]> | null = null;

/**
 * A line of /proc/net/tcp: both ends of a listening socket (0A), or of an established one (01) that probes a zero
 * window (04).
 */
const SOCKETS = / (\w+):(\w{4}) (\w+):(\w{4}) (?:(0A) |01 \S+ 04:)/g;

async function readSockets(): Promise<KernelSocket[]> {
  const files = ['/proc/net/tcp', '/proc/net/tcp6'];
  const tables = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
  const end = (ip: string, port: string): End => ({ ip: addressIn(ip), port: Number.parseInt(port, 16) });
  return [...tables.join('\n').matchAll(SOCKETS)].map(([, ip, port, remoteIp, remotePort, listens]) => ({
    state: listens === undefined ? 'stalled' : 'listening',
    local: end(ip!, port!),
    remote: end(remoteIp!, remotePort!),
  }));
}

/** The kernel writes an address as 32-bit words in the byte order of this machine (little endian). */
function addressIn(hex: string): string {
  const bytes = [...hex.matchAll(/.{8}/g)].flatMap(([word]) =>
    [...word.matchAll(/../g)].map(([byte]) => byte).toReversed(),
  );
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => `${bytes[2 * i]!}${bytes[2 * i + 1]!}`);
  return canonicalAddress(groups.join(':'));
}

const isAny = (host: string): boolean => ['', '0.0.0.0', '::'].includes(host);

function hostPortOf(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  return { host: canonicalAddress(host), port: Number(address.slice(at + 1)) };
}
