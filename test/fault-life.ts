/**
 * The lifecycle of a fault as in the harness, for tests of kinds: prepared, started, observed in effect, stopped,
 * observed cleared.
 */
import { expect } from 'vitest';
import type { Fault } from '../chaos/fault.ts';
import type { FaultPoint, Reading, Undo } from '../src/formats/faults.ts';
import { FAULT_ID } from './fault-rig.ts';

const NEVER = new AbortController().signal;
/** Long enough for a busy machine. */
const SEEN_WITHIN_MS = 12_000;

export interface ActiveFault extends AsyncDisposable {
  points: FaultPoint[];
  undo: Undo[];
  before: Reading[];
  /** Stops it, and waits until every point is observed cleared and no leftover is found. */
  heal(): Promise<void>;
}

/** The parameters, parsed by the kind. */
export const paramsOf = <P>({ params }: Fault<P>, given: object): P => params.parse(given);

/** The points that the kind selects. */
export function chosen<P>(fault: Fault<P>, points: FaultPoint[], params: P): FaultPoint[] {
  const sites = fault.select(points, params);
  if (typeof sites === 'string') throw new Error(sites);
  return sites.map(({ name }) => points.find((point) => point.name === name)!);
}

/** Starts the fault at the points that it selects, and waits until it is observed in effect at every one of them. */
export async function startFault<P>(fault: Fault<P>, all: FaultPoint[], given: object): Promise<ActiveFault> {
  const params = paramsOf(fault, given);
  const points = chosen(fault, all, params);
  const before = await Promise.all(points.map((point) => fault.probe(point, params)));
  expect(before.map(({ outcome }) => outcome)).toEqual(points.map(() => 'answered'));
  const undo = await fault.prepare(points, params, FAULT_ID);
  expect(JSON.parse(JSON.stringify(undo))).toEqual(undo);
  const see = async (wanted: string): Promise<void> => {
    const open = new Set(points.keys());
    const probeOpen = async (): Promise<string[]> => {
      await Promise.all(
        [...open].map(async (i) => {
          const now = await fault.probe(points[i]!, params);
          if (fault.inEffect(params, before[i]!, now) === wanted) open.delete(i);
        }),
      );
      return [...open].map((i) => points[i]!.name);
    };
    await expect
      .poll(probeOpen, { timeout: SEEN_WITHIN_MS, message: `points not seen in effect: ${wanted}` })
      .toEqual([]);
  };
  const stop = (): Promise<void> => fault.stop(undo);
  await fault.start(undo, NEVER);
  try {
    await see('yes');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    points,
    undo,
    before,
    async heal() {
      await stop();
      await see('no');
      expect(await fault.leftovers(all)).toEqual([]);
      await stop();
    },
    [Symbol.asyncDispose]: stop,
  };
}
