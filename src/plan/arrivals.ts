/** Arrival times of a given number of visits: milliseconds within [fromMs, toMs), ascending. */
import type { Random } from './random.ts';

/** Activity by milliseconds since T0; any positive scale. */
export type Intensity = (ms: number) => number;

/**
 * Arrivals of a Poisson process given their count: uniform order statistics, built as normalised sums of exponential
 * gaps (Devroye 1986, V.3.1), which need no sort.
 */
export function poissonArrivals(count: number, fromMs: number, toMs: number, random: Random): Float64Array {
  const times = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i += 1) times[i] = sum -= Math.log(random.uniform());
  const scale = (toMs - fromMs) / (sum - Math.log(random.uniform()));
  for (let i = 0; i < count; i += 1) times[i] = fromMs + times[i]! * scale;
  return times;
}

/** Evenly spaced arrivals with a random offset, so that origins are not in phase. */
export function uniformArrivals(count: number, fromMs: number, toMs: number, random: Random): Float64Array {
  const phase = random.uniform();
  return Float64Array.from({ length: count }, (_, i) => fromMs + ((i + phase) * (toMs - fromMs)) / count);
}

/** The intensity is taken as constant within each of these pieces of a phase: three minutes for a day in one phase. */
const PIECES = 512;

/** Integral of the intensity over [fromMs, toMs), ms at activity 1. */
export function activityMs(intensity: Intensity, fromMs: number, toMs: number): number {
  const step = (toMs - fromMs) / PIECES;
  let sum = 0;
  for (let i = 0; i < PIECES; i += 1) sum += intensity(fromMs + (i + 0.5) * step) * step;
  return sum;
}

/** Arrivals of a non-homogeneous Poisson process given their count: by the inverse of its cumulative intensity. */
export function curvedArrivals(
  count: number,
  fromMs: number,
  toMs: number,
  random: Random,
  intensity: Intensity,
): Float64Array {
  const step = (toMs - fromMs) / PIECES;
  const times = poissonArrivals(count, 0, activityMs(intensity, fromMs, toMs), random);
  let piece = 0;
  let before = 0;
  let density = intensity(fromMs + 0.5 * step);
  for (let i = 0; i < count; i += 1) {
    while (before + density * step < times[i]! && piece < PIECES - 1) {
      before += density * step;
      piece += 1;
      density = intensity(fromMs + (piece + 0.5) * step);
    }
    const within = Math.min(1, (times[i]! - before) / (density * step));
    times[i] = Math.min(fromMs + (piece + within) * step, toMs);
  }
  return times;
}
