/** Removes regions from routing manually: sends the order to the edge and waits until it is in effect. */
import type { EdgeEvacuate, EdgeEvacuated } from './programs/edge.ts';
import type { Channel } from './ground.ts';
import { setDeadline } from './health-check.ts';

/** The edge normally confirms at once. */
const TIMEOUT_MS = 5_000;

/** Resolves with the regions in routing from then on; an error if the edge does not confirm in time. */
export type Evacuate = (region: string, isOut: boolean) => Promise<string[]>;

/** The evacuation of regions at this edge. */
export function evacuator(edge: Pick<Channel, 'send' | 'onMessage'>, timeoutMs = TIMEOUT_MS): Evacuate {
  const waiting: { order: Omit<EdgeEvacuate, 'kind'>; done: (answering: string[]) => void }[] = [];
  edge.onMessage('evacuated', (message) => {
    const { region, isOut, answering } = message as unknown as EdgeEvacuated;
    // The edge confirms in the order of the requests.
    const at = waiting.findIndex(({ order }) => order.region === region && order.isOut === isOut);
    if (at >= 0) waiting.splice(at, 1)[0]!.done(answering);
  });
  return (region, isOut) =>
    new Promise((resolve, reject) => {
      const late = setDeadline(timeoutMs, () =>
        reject(new Error(`the edge did not confirm within ${timeoutMs / 1000} s`)),
      );
      const done = (answering: string[]): void => {
        late.cancel();
        resolve(answering);
      };
      waiting.push({ order: { region, isOut }, done });
      edge.send({ kind: 'evacuate', region, isOut } satisfies EdgeEvacuate);
    });
}
