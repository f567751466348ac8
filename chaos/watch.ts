/** Looks at the points of a fault again and again, until all of them are as they should be. */
import type { Fault } from './fault.ts';
import type { FaultPoint, Reading } from '../src/formats/faults.ts';
import type { PointReading } from '../src/formats/journal.ts';
import { probeWords } from './probe.ts';

/** A look is begun this often, whether the last one has ended or not: a blackhole answers none of them in time. */
const EVERY_MS = 100;

export interface Seen {
  /** The instant (epoch ms) from which every point was seen as wanted; null if that did not happen in time. */
  atEpochMs: number | null;
  readings: PointReading[];
}

/** One reading of every point. */
export const readAll = <P>(fault: Fault<P>, points: FaultPoint[], params: P): Promise<Reading[]> =>
  Promise.all(points.map((point) => fault.probe(point, params)));

/**
 * Resolves when every point was seen as `wanted`, after `withinMs`, or when `signal` aborts. A bite counts from the
 * beginning of the look that saw it (a look that times out began in the middle of it), a healing from the end of the
 * look that saw it.
 */
export async function watchFault<P>(
  fault: Fault<P>,
  points: FaultPoint[],
  params: P,
  before: Reading[],
  wanted: 'yes' | 'no',
  withinMs: number,
  signal?: AbortSignal,
): Promise<Seen> {
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
      const look = async (): Promise<void> => {
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
      timer = setInterval(() => void look(), EVERY_MS);
      void look();
    });
  }
}
