/** Addresses: what a host name leads to, and whether that is this machine. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * IP addresses of a host (without brackets): itself, or what DNS says, IPv4 first as k6 takes them; none if it is
 * unknown.
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

/** One spelling for each address: `0:0:0:0:0:0:0:1` is `::1`, and `::ffff:127.0.0.1` is `127.0.0.1`. */
export function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (!mapped) return short;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Whether an address is one of this machine (as far as this network namespace goes). */
export function isOfThisMachine(address: string): boolean {
  if (address === '::1' || address.startsWith('127.')) return true;
  return Object.values(networkInterfaces())
    .flatMap((own) => own ?? [])
    .some((own) => canonicalAddress(own.address) === address);
}
