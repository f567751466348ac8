/**
 * The random draws of a connection: its access network, and the jitter of each flight. Counter-based: a draw is a
 * function of the run's seed, lane, connection and flight, so that it does not depend on timing.
 */
import type { AccessShare } from '../formats/lanes.ts';

/**
 * A number in (0, 1) for a list of keys: MurmurHash3 (32 bit) over them, its finalizer at the end. Only for emulation.
 */
export function uniform(...keys: number[]): number {
  let hash = 0x9747b28c;
  for (const key of keys) {
    let word = Math.imul(key | 0, 0xcc9e2d51);
    word = (word << 15) | (word >>> 17);
    hash ^= Math.imul(word, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= keys.length * 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> 0) + 0.5) / 2 ** 32;
}

/** A standard normal number for a list of keys (Box-Muller). */
export function normal(...keys: number[]): number {
  const radius = Math.sqrt(-2 * Math.log(uniform(...keys, 1)));
  return radius * Math.cos(2 * Math.PI * uniform(...keys, 2));
}

/** The access network a connection draws by share; null if the list is empty. Shares need not sum to exactly 1. */
export function drawAccess(access: AccessShare[], seed: number, lane: number, connection: number): AccessShare | null {
  const total = access.reduce((sum, one) => sum + one.share, 0);
  let left = uniform(seed, lane, connection) * total;
  for (const one of access) {
    left -= one.share;
    if (left < 0) return one;
  }
  return access.findLast((one) => one.share > 0) ?? null;
}

/**
 * Jitter of one flight in ms: lognormal with the network's median, above the constant base of the path (so the delay is
 * a shifted lognormal). It is jitter of the round trip: each of its two flights is delayed by half of its draw.
 */
export function flightJitterMs(
  access: AccessShare | null,
  seed: number,
  lane: number,
  connection: number,
  flight: number,
): number {
  if (access === null || access.jitterMedianMs === 0) return 0;
  return access.jitterMedianMs * Math.exp(access.jitterSigmaLog * normal(seed, lane, connection, flight));
}
