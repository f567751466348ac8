/** Probes the points of a fault repeatedly until all of them are in the wanted state. */
import type { Fault } from './fault.ts';
import type { FaultPoint, Reading } from '../src/formats/faults.ts';
import type { PointReading } from '../src/formats/journal.ts';
import { probeWords } from './probe.ts';

/** A probe starts this often, whether the last one has ended or not: in a blackhole all of them time out. */
const EVERY_MS = 100;

export interface Observation {
  /** Since when (epoch ms) every point is in the wanted state; null if that did not happen in time. */
  atEpochMs: number | null;
  readings: PointReading[];
}

/** One reading of every point. */
export const probeAll = <P>(fault: Fault<P>, points: FaultPoint[], params: P): Promise<Reading[]> =>
  Promise.all(points.map((point) => fault.probe(point, params)));

/**
 * Resolves when every point is in the `wanted` state, after `withinMs`, or when `signal` aborts. A fault counts as in
 * effect from the start of the probe that saw it (a probe that times out started while it was in effect), as cleared
 * from the end of the probe that saw it.
 */
export async function watchFault<P>(
  fault: Fault<P>,
  points: FaultPoint[],
  params: P,
  before: Reading[],
  wanted: 'yes' | 'no',
  withinMs: number,
  signal?: AbortSignal,
): Promise<Observation> {
  const deadlineMs = Date.now() + withinMs;
  const results = await Promise.all(points.map((point, i) => watchPoint(point, before[i]!)));
  const readings = points.map(({ name, probe }, i) => ({
    point: name,
    probe: probeWords(probe),
    ...results[i]!.reading,
  }));
  const at = results.map(({ atEpochMs }) => atEpochMs);
  const known = at.filter((ms) => ms !== null);
  return { atEpochMs: known.length === points.length ? Math.max(...known) : null, readings };

  function watchPoint(point: FaultPoint, was: Reading): Promise<{ atEpochMs: number | null; reading: Reading }> {
    return new Promise((resolve) => {
      let last = was;
      let open = 0;
      let timer: NodeJS.Timeout | undefined;
      const end = (atEpochMs: number | null, reading: Reading): void => {
        clearInterval(timer);
        signal?.removeEventListener('abort', giveUp);
        resolve({ atEpochMs, reading });
      };
      const giveUp = (): void => end(null, last);
      const probeOnce = async (): Promise<void> => {
        if (Date.now() > deadlineMs) {
          clearInterval(timer);
          if (open === 0) end(null, last);
          return;
        }
        const begunMs = Date.now();
        open += 1;
        last = await fault.probe(point, params);
        open -= 1;
        if (fault.inEffect(params, was, last) === wanted) end(wanted === 'yes' ? begunMs : Date.now(), last);
        else if (open === 0 && Date.now() > deadlineMs) end(null, last);
      };
      if (signal?.aborted) return giveUp();
      signal?.addEventListener('abort', giveUp);
      timer = setInterval(() => void probeOnce(), EVERY_MS);
      void probeOnce();
    });
  }
}
