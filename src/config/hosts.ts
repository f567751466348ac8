/** Hosts as files and URLs write them, and what makes two of them the same. */
import { isIP } from 'node:net';

/**
 * The host that a spelling means, for comparing: without the brackets of an IPv6 address, without the final dot of a
 * full name, in small letters, an IPv6 address in its shortest form.
 */
export function hostKey(written: string): string {
  const bare = written.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(bare) === 6) return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  return bare.replace(/\.$/, '');
}

/** Whether a host is one of these, however both are spelt. */
export const isAmong = (host: string, hosts: readonly string[]): boolean =>
  hosts.some((one) => hostKey(one) === hostKey(host));

/** A host as it can stand in a list or as a key of YAML. */
export const inYaml = (host: string): string => (/^[\w.-]+$/.test(host) ? host : JSON.stringify(host));
