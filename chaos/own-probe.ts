/** How to probe a link of your own target: as its file says, or as clients of its region would. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Target, TargetLink } from '../src/config/types.ts';
import type { ProbeAddress, ProbeTls } from '../src/formats/faults.ts';

/** A healthy service returns 2xx for this path, unless its link sets another path or other statuses. */
const HEALTH = '/health';

/** Protocol at the far end of each kind of link; a dependency declares its own. */
const PROTOCOLS = {
  ingress: 'http',
  sync: 'http',
  redis: 'redis',
  primary: 'postgres',
  replication: 'postgres',
} as const;

/** The probe of a link that is reached at `at`. Certificates are checked against Node's roots and the configured CA. */
export async function ownProbe(
  { kind, region, probe }: TargetLink,
  at: { host: string; port: number },
  target: Pick<Target, 'regions' | 'tls'>,
): Promise<ProbeAddress> {
  const url = kind === 'ingress' ? target.regions.find(({ id }) => id === region)?.url : null;
  const front = url ? new URL(url) : null;
  const isTls = probe.tls ?? (probe.serverName !== null || probe.caFile !== null || front?.protocol === 'https:');
  const tls = isTls ? await tlsOf(probe, front, target.tls.caFile) : undefined;
  const protocol = kind === 'dependency' ? (probe.protocol ?? 'http') : PROTOCOLS[kind];
  if (protocol !== 'http') return { protocol, ...at, ...(tls && protocol === 'redis' ? { tls } : {}) };
  // One front may serve many hosts: the probe sends the Host header that clients send.
  const hostHeader = probe.serverName ?? front?.host;
  return {
    protocol,
    url: `${isTls ? 'https' : 'http'}://${isIP(at.host) === 6 ? `[${at.host}]` : at.host}:${at.port}${probe.path ?? HEALTH}`,
    expect: probe.expect ?? '2xx',
    ...(hostHeader === undefined ? {} : { hostHeader }),
    ...(tls ? { tls } : {}),
  };
}

async function tlsOf(probe: TargetLink['probe'], front: URL | null, ofTarget: string | null): Promise<ProbeTls> {
  const file = probe.caFile ?? ofTarget;
  return {
    serverName: probe.serverName ?? front?.hostname ?? null,
    ca: file === null ? null : await readFile(file, 'utf8'),
  };
}
