/** Comparing hosts that files and URLs spell differently. */
import { isIP } from 'node:net';

/**
 * The canonical form of a host, for comparison: lower case, no brackets around an IPv6 address, no final dot, an IPv6
 * address in its shortest form.
 */
export function hostKey(written: string): string {
  const bare = written.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(bare) === 6) return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  return bare.replace(/\.$/, '');
}

/** Whether a host is in the list, in any spelling. */
export const isAmong = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((one) => hostKey(one) === hostKey(host));

/** A host as a YAML list item or key: quoted if it must be. */
export const inYaml = (host: string): string => (/^[\w.-]+$/.test(host) ? host : JSON.stringify(host));
