/**
 * The life of a fault as the harness leads it, for tests of kinds: prepared, started, seen to bite, stopped, seen to be
 * gone.
 */
import { expect } from 'vitest';
import type { Fault } from '../chaos/fault.ts';
import type { FaultPoint, Reading, Undo } from '../src/formats/faults.ts';
import { FAULT_ID } from './fault-rig.ts';

const NEVER = new AbortController().signal;
/** A busy machine may take its time; a fault that does not bite is still told from one that does. */
const SEEN_WITHIN_MS = 12_000;

export interface ActiveFault extends AsyncDisposable {
  points: FaultPoint[];
  undo: Undo[];
  before: Reading[];
  /** Stops it, and waits until every point is seen to be well and nothing of it is found. */
  heal(): Promise<void>;
}

/** The parameters as the kind itself completes them. */
export const paramsOf = <P>({ params }: Fault<P>, given: object): P => params.parse(given);

/** The sites that the kind chooses among these points, as points. */
export function chosen<P>(fault: Fault<P>, points: FaultPoint[], params: P): FaultPoint[] {
  const sites = fault.select(points, params);
  if (typeof sites === 'string') throw new Error(sites);
  return sites.map(({ name }) => points.find((point) => point.name === name)!);
}

/** Starts the fault at the points it chooses, and waits until it is seen to bite at every one of them. */
export async function bite<P>(fault: Fault<P>, all: FaultPoint[], given: object): Promise<ActiveFault> {
  const params = paramsOf(fault, given);
  const points = chosen(fault, all, params);
  const before = await Promise.all(points.map((point) => fault.probe(point, params)));
  expect(before.map(({ outcome }) => outcome)).toEqual(points.map(() => 'answered'));
  const undo = await fault.prepare(points, params, FAULT_ID);
  expect(JSON.parse(JSON.stringify(undo))).toEqual(undo);
  const see = async (wanted: string): Promise<void> => {
    const open = new Set(points.keys());
    const look = async (): Promise<string[]> => {
      await Promise.all(
        [...open].map(async (i) => {
          const now = await fault.probe(points[i]!, params);
          if (fault.inEffect(params, before[i]!, now) === wanted) open.delete(i);
        }),
      );
      return [...open].map((i) => points[i]!.name);
    };
    await expect.poll(look, { timeout: SEEN_WITHIN_MS, message: `points not seen in effect: ${wanted}` }).toEqual([]);
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
