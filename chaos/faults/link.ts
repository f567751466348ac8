/** Ways to cut or slow a link, and how to probe for them; shared by the kinds of faults. */
import type { LinkChange } from '../drivers/toxiproxy/prepare.ts';
import { probe } from '../probe.ts';
import type { FaultPoint, FaultSite, Reading } from '../../src/formats/faults.ts';

/** Ways to cut a link. */
export const CUTS = ['refused', 'blackhole', 'reset'] as const;
export type Cut = (typeof CUTS)[number];

export const cutLink: Record<Cut, LinkChange> = {
  /** Connections are closed, new ones refused. */
  refused: { toxics: [], switch: 'disable' },
  /** Data is dropped silently in both directions, on open and on new connections. */
  blackhole: {
    toxics: [
      { type: 'timeout', stream: 'upstream', attributes: { timeout: 0 } },
      { type: 'timeout', stream: 'downstream', attributes: { timeout: 0 } },
    ],
    switch: 'none',
  },
  /**
   * The first bytes on a connection reset it. Connections that were open before the toxic are closed, not reset
   * (reference/toxiproxy-wan.md A3), hence the bounce.
   */
  reset: {
    toxics: [
      { type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } },
      { type: 'reset_peer', stream: 'downstream', attributes: { timeout: 0 } },
    ],
    switch: 'bounce',
  },
};

/** Delays responses only: requests arrive and are carried out. */
export const slowLink = (latencyMs: number): LinkChange => ({
  toxics: [{ type: 'latency', stream: 'downstream', attributes: { latency: latencyMs, jitter: 0 } }],
  switch: 'none',
});

/** Longer than any healthy response takes, on a busy machine too. */
export const PROBE_MS = 1_500;

/** One probe of the far end of a link. */
export const probeLink = (point: FaultPoint, timeoutMs = PROBE_MS): Promise<Reading> => probe(point.probe, timeoutMs);

const SIGNS: Record<Cut, Reading['outcome'][]> = {
  // The forwarder of a container's mapped port accepts connections, then closes them when it is refused itself.
  refused: ['refused', 'closed', 'reset'],
  blackhole: ['timeout'],
  reset: ['reset', 'closed'],
};

/** Statuses of a gateway that gets no response through the link (RFC 9110, 15.6.3 to 15.6.5). */
const GATEWAY_STATUSES: readonly (number | null)[] = [502, 503, 504];

/**
 * A cut is in effect when a probe that was answered before now fails in the way of the cut, or gets a gateway error.
 */
export function cutInEffect(cut: Cut, before: Reading, now: Reading): 'yes' | 'no' | 'unknown' {
  if (before.outcome !== 'answered') return 'unknown';
  if (now.outcome === 'answered') return 'no';
  const isGatewayError = now.outcome === 'error' && GATEWAY_STATUSES.includes(now.value) && now.value !== before.value;
  return isGatewayError || SIGNS[cut].includes(now.outcome) ? 'yes' : 'unknown';
}

/**
 * A probe of a slow link; it must outlast the delay, or the link would look cut. Over TLS the server sends at least
 * twice before its response is complete, and each time is delayed.
 */
export function probeSlowLink(point: FaultPoint, latencyMs: number): Promise<Reading> {
  const isTls = 'tls' in point.probe && point.probe.tls !== undefined;
  return probeLink(point, (isTls ? 3 : 1) * latencyMs + PROBE_MS);
}

/** A probe that is slower by at least half the delay proves the fault; noise stays below that. */
export function slowInEffect(latencyMs: number, before: Reading, now: Reading): 'yes' | 'no' | 'unknown' {
  if (before.outcome !== 'answered' || now.outcome !== 'answered') return 'unknown';
  return now.tookMs - before.tookMs >= latencyMs / 2 ? 'yes' : 'no';
}

/** `eu-west-1, us-east-1`: the regions of these sites, for messages. */
export const regionsOf = (sites: FaultSite[]): string =>
  [...new Set(sites.map(({ region }) => region))].toSorted().join(', ') || 'none';
