/** Takes regions out of the routing's answers by hand: asks the edge, and says when that is so. */
import type { EdgeEvacuate, EdgeEvacuated } from './programs/edge.ts';
import type { Talk } from './ground.ts';
import { inTime } from './health-check.ts';

/** The edge does it at once; one that says nothing for so long is not well. */
const PATIENCE_MS = 5_000;

/** Resolves with the regions that answers name from then on; an error if the edge does not say so in time. */
export type Evacuate = (region: string, isOut: boolean) => Promise<string[]>;

/** The hand on the routing of this edge. */
export function evacuating(edge: Pick<Talk, 'say' | 'onEvery'>, patienceMs = PATIENCE_MS): Evacuate {
  const waiting: { order: Omit<EdgeEvacuate, 'kind'>; done: (answering: string[]) => void }[] = [];
  edge.onEvery('evacuated', (said) => {
    const { region, isOut, answering } = said as unknown as EdgeEvacuated;
    // The edge answers in the order in which it was asked.
    const at = waiting.findIndex(({ order }) => order.region === region && order.isOut === isOut);
    if (at >= 0) waiting.splice(at, 1)[0]!.done(answering);
  });
  return (region, isOut) =>
    new Promise((resolve, reject) => {
      const late = inTime(patienceMs, () => reject(new Error(`the edge did not answer within ${patienceMs / 1000} s`)));
      const done = (answering: string[]): void => {
        late.cancel();
        resolve(answering);
      };
      waiting.push({ order: { region, isOut }, done });
      edge.say({ kind: 'evacuate', region, isOut } satisfies EdgeEvacuate);
    });
}
