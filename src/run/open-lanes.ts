import type { LaneSpec } from '../formats/lanes.ts';
import type { RunPlan } from '../formats/plan.ts';
import { type Lanes, startLanes } from '../lanes/start.ts';
import type { Cleanup } from './cleanup.ts';
import type { Upstreams } from './endpoints.ts';
import type { Journal } from './journal.ts';
import { followNames, resolvedNames } from './names.ts';

/** Echo requests per lane before every run: enough for a median within a tenth of a millisecond. */
const CALIBRATION_SAMPLES = 15;

/**
 * Starts the lanes of a run, and from then on leads them where DNS says. The journal hears what the names were and become,
 * how true the lanes are, and what they lack of this machine.
 */
export async function openLanes(of: {
  plan: RunPlan;
  upstreams: Upstreams;
  specs: LaneSpec[];
  journal: Journal;
  cleanup: Cleanup;
  signal: AbortSignal;
}): Promise<Lanes> {
  const { plan, upstreams, specs, journal, cleanup, signal } = of;
  const names = resolvedNames(upstreams);
  if (names.length > 0) journal.write({ kind: 'names-resolved', names });
  const lanes = await startLanes(
    { seed: plan.seed, lanes: specs, calibrationSamples: CALIBRATION_SAMPLES },
    { signal, onExhausted: (what) => journal.note({ kind: 'generator-exhausted', ...what }) },
  );
  cleanup.add('lanes', () => lanes.stop());
  journal.write({ kind: 'lanes-calibrated', lanes: lanes.calibration });
  const following = followNames({
    upstreams,
    ttlSeconds: plan.target.ttlSeconds,
    lead: (to) => lanes.lead(to),
    changed: (changed) => journal.note({ kind: 'names-resolved', names: changed }),
  });
  cleanup.add('names', () => following.stop());
  return lanes;
}
