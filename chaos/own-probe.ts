/** How a link of a target with addresses is looked at: as its file says, or as clients of its region would. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Target, TargetLink } from '../src/config/types.ts';
import type { ProbeAddress, ProbeTls } from '../src/formats/faults.ts';

/** A service that is well answers this with a 2xx, unless its link says another path, or other statuses. */
const HEALTH = '/health';

/** What stands at the far end of each kind of link; a dependency says it itself. */
const PROTOCOLS = {
  ingress: 'http',
  sync: 'http',
  redis: 'redis',
  primary: 'postgres',
  replication: 'postgres',
} as const;

/**
 * The probe of a link that is reached at `at`. Certificates are checked against Node's roots and the CA that is named.
 */
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
  // One front may serve many names: it is asked for the one that clients ask for.
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
