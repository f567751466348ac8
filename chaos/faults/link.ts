/** What can be done to a link, and how it is seen. Kinds of faults choose among these. */
import type { LinkChange } from '../drivers/toxiproxy/prepare.ts';
import { probe } from '../probe.ts';
import type { FaultPoint, FaultSite, Reading } from '../../src/formats/faults.ts';

/** Ways to cut a link. */
export const CUTS = ['refused', 'blackhole', 'reset'] as const;
export type Cut = (typeof CUTS)[number];

export const cutLink: Record<Cut, LinkChange> = {
  /** Connections are closed, new ones refused. */
  refused: { toxics: [], switch: 'disable' },
  /** Nothing arrives in either direction, on connections that are open as on new ones, and nobody is told. */
  blackhole: {
    toxics: [
      { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
      { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } },
    ],
    switch: 'none',
  },
  /**
   * The first bytes on a connection tear it down. Only connections that begin when the toxic is there are reset rather
   * than closed (reference/toxiproxy-wan.md A3), hence the bounce.
   */
  reset: {
    toxics: [
      { type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } },
      { type: 'reset_peer', stream: 'downstream', attributes: { timeout: 0 } },
    ],
    switch: 'bounce',
  },
};

/** Answers take so much longer, requests do not: what was asked is done. */
export const slowLink = (latencyMs: number): LinkChange => ({
  toxics: [{ type: 'latency', stream: 'downstream', attributes: { latency: latencyMs, jitter: 0 } }],
  switch: 'none',
});

/** Longer than a healthy answer takes from anywhere to anywhere, on a busy machine too. */
export const PROBE_MS = 1_500;

/** One look at the far end of a link. */
export const probeLink = (point: FaultPoint, timeoutMs = PROBE_MS): Promise<Reading> => probe(point.probe, timeoutMs);

const SIGNS: Record<Cut, Reading['outcome'][]> = {
  // In front of a container a forwarder takes connections for it, and hangs up when it is refused (mapped ports).
  refused: ['refused', 'closed', 'reset'],
  blackhole: ['timeout'],
  reset: ['reset', 'closed'],
};

/** What gateways in front of a link say when they get no answer through it (RFC 9110, 15.6.3 to 15.6.5). */
const GATEWAY_STATUSES: readonly (number | null)[] = [502, 503, 504];

/** A cut is in effect when what was answered before now fails in its way, or a gateway in front of it says so. */
export function cutInEffect(cut: Cut, before: Reading, now: Reading): 'yes' | 'no' | 'unknown' {
  if (before.outcome !== 'answered') return 'unknown';
  if (now.outcome === 'answered') return 'no';
  const isTold = now.outcome === 'error' && GATEWAY_STATUSES.includes(now.value) && now.value !== before.value;
  return isTold || SIGNS[cut].includes(now.outcome) ? 'yes' : 'unknown';
}

/**
 * A look at a slow link; it must outlast the delay, or it could not be told from a cut. By TLS the server speaks at
 * least twice before it has answered, and each of its words is late.
 */
export function probeSlowLink(point: FaultPoint, latencyMs: number): Promise<Reading> {
  const isTls = 'tls' in point.probe && point.probe.tls !== undefined;
  return probeLink(point, (isTls ? 3 : 1) * latencyMs + PROBE_MS);
}

/** Half the delay and more is the fault; a machine's own hiccups are less than that. */
export function slowInEffect(latencyMs: number, before: Reading, now: Reading): 'yes' | 'no' | 'unknown' {
  if (before.outcome !== 'answered' || now.outcome !== 'answered') return 'unknown';
  return now.tookMs - before.tookMs >= latencyMs / 2 ? 'yes' : 'no';
}

/** `eu-west-1, us-east-1`, of the sites given; for sentences about what a target lacks. */
export const regionsOf = (sites: FaultSite[]): string =>
  [...new Set(sites.map(({ region }) => region))].toSorted().join(', ') || 'none';
