/** The evacuation of the sample with a fault: three seconds after t0, by the world's control API. */
import type { EvacuationFigures } from '../../claims/measures/failover/schema.ts';
import type { Evacuation } from '../../src/formats/evacuation.ts';
import { FAULT, HURT, REGIONS } from './scene.ts';

const url = `/evacuate/${REGIONS[HURT]!}`;

export const EVACUATE: Evacuation = {
  title: `POST ${url}`,
  afterMs: 3_000,
  ask: { url },
  undo: { url: `${url}/end` },
  timeoutMs: 60_000,
  regions: [REGIONS[HURT]!],
};

export const sampleEvacuation = (): EvacuationFigures => ({
  title: EVACUATE.title,
  askedMs: FAULT.t0Ms + 3_000,
  doneMs: FAULT.t0Ms + 3_040,
  tookMs: 40,
  ok: true,
  message: '2xx response',
  undone: true,
  watchedMs: FAULT.t1Ms - FAULT.t0Ms - 3_000,
  regions: [{ region: REGIONS[HURT]!, t50Ms: 3_900, t99Ms: 5_500 }],
});
