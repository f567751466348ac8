/**
 * Whether somebody on a proxy has stopped reading. Then a toxic must be neither added nor taken off while the
 * connection is there: Toxiproxy would wait for it with every lock in hand, answer nothing about that proxy any more,
 * and with the next connection that comes in, not even let it be deleted [measured, 2.12].
 */
import { readFile } from 'node:fs/promises';
import { addressesOf, canonicalAddress, isOfThisMachine } from '../../machine.ts';
import type { Proxy } from './client.ts';

/** `unseen`: the kernel that holds the proxy's connections is not the one whose tables can be read here. */
export type Readers = 'reading' | 'stalled' | 'unseen';

/**
 * As the kernel of this machine sees it. `unseen` where it is not Linux, where the Toxiproxy stands on another machine,
 * and where nobody listens here on the proxy's port (in a container, say): other sockets that happen to have the same
 * ports prove nothing.
 */
export async function readersOf(
  { listen, upstream, enabled }: Pick<Proxy, 'listen' | 'upstream' | 'enabled'>,
  control: string,
): Promise<Readers> {
  const where = await addressesOf(new URL(control).hostname.replace(/^\[|\]$/g, ''));
  if (where.length === 0 || !where.every(isOfThisMachine)) return 'unseen';
  const sockets = await (looking ??= look().finally(() => (looking = null)));
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

/** Why nobody here can tell whether a client of it has stopped reading, and what follows; for messages. */
export const unseenWords = (control: string): string =>
  `${control} is not on this machine, or in a container: whether a client of its proxies has stopped reading cannot be seen from here, and Toxiproxy would hang on a toxic for it`;

interface End {
  ip: string;
  port: number;
}

interface KernelSocket {
  state: 'listening' | 'stalled';
  local: End;
  remote: End;
}

/** Many points ask at the same time, and the tables are long on a busy machine: one look serves them all. */
let looking: Promise<KernelSocket[]> | null = null;

/**
 * Of a line of /proc/net/tcp: both ends, of a socket that listens (0A), or of an established one (01) that probes a
 * closed window (04).
 */
const SOCKETS = / (\w+):(\w{4}) (\w+):(\w{4}) (?:(0A) |01 \S+ 04:)/g;

async function look(): Promise<KernelSocket[]> {
  const files = ['/proc/net/tcp', '/proc/net/tcp6'];
  const tables = await Promise.all(files.map((file) => readFile(file, 'latin1').catch(() => '')));
  const end = (ip: string, port: string): End => ({ ip: addressIn(ip), port: Number.parseInt(port, 16) });
  return [...tables.join('\n').matchAll(SOCKETS)].map(([, ip, port, remoteIp, remotePort, listens]) => ({
    state: listens === undefined ? 'stalled' : 'listening',
    local: end(ip!, port!),
    remote: end(remoteIp!, remotePort!),
  }));
}

/** The kernel writes an address as words of 32 bits, each in the order of this machine's bytes (little endian). */
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
