/** What a host name resolves to, and whether that is this machine. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * IP addresses of a host (without brackets): itself, or those that DNS returns, IPv4 first as in k6; none if it does
 * not resolve.
 */
export async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) > 0) return [canonicalAddress(host)];
  try {
    const found = await lookup(host, { all: true, order: 'ipv4first' });
    return found.filter(({ family }) => family === found[0]!.family).map(({ address }) => canonicalAddress(address));
  } catch {
    return [];
  }
}

/** Normal form of an address: `0:0:0:0:0:0:0:1` is `::1`, and `::ffff:127.0.0.1` is `127.0.0.1`. */
export function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!mapped) return short;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Whether an address belongs to this machine (this network namespace). */
export function isOfThisMachine(address: string): boolean {
  if (address === '::1' || address.startsWith('127.')) return true;
  return Object.values(networkInterfaces())
    .flatMap((own) => own ?? [])
    .some((own) => canonicalAddress(own.address) === address);
}
