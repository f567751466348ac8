/** Resolves the regions, measures the round trip to them, and starts a lane from every city to every region. */
import type { LaneSpec } from '../formats/lanes.ts';
import { type Lanes, startLanes } from '../lanes/start.ts';
import { laneSpecs, upstreamsOf } from './endpoints.ts';
import { generatorDistance } from './generator-distance.ts';
import { followNames, resolvedNames } from './names.ts';
import type { RunContext } from './run-context.ts';
import type { Upstreams } from './upstreams.ts';
import type { AttachedWorld } from './world.ts';

/** Echo requests per lane before every run: enough for a median within a tenth of a millisecond. */
const CALIBRATION_SAMPLES = 15;

export interface OpenLanes {
  upstreams: Upstreams;
  specs: LaneSpec[];
  lanes: Lanes;
}

/** Resolves and measures the upstreams, and starts their lanes. */
export async function openLanes(context: RunContext, world: AttachedWorld | null): Promise<OpenLanes> {
  const { options, setup } = context;
  const { plan, target } = options;
  const upstreams = await upstreamsOf(target, world?.file ?? null, plan, options.placeInTarget);
  // Printed, because probes "in the region" are sent from here: what they measure includes this round trip.
  const distance =
    plan.lanes === 'difference'
      ? await setup.step(
          'round trip to the regions',
          () => generatorDistance(plan, upstreams),
          (rtts) => rtts.map((rttMs, region) => `${plan.regions[region]!.id} ${rttMs.toFixed(1)} ms`).join(', '),
        )
      : null;
  const specs = laneSpecs(plan, upstreams, distance);
  const lanes = await setup.step(
    'lanes',
    () => start(context, upstreams, specs),
    () => `${specs.length} calibrated`,
  );
  return { upstreams, specs, lanes };
}

/**
 * Starts the lanes of a run and keeps their addresses up to date with DNS. Addresses, calibration and exhausted
 * resources go into the journal.
 */
async function start(
  { options, journal, cleanup }: RunContext,
  upstreams: Upstreams,
  specs: LaneSpec[],
): Promise<Lanes> {
  const { plan, signal } = options;
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
    setAddresses: (of) => lanes.setAddresses(of),
    onChange: (names) => journal.note({ kind: 'names-resolved', names }),
  });
  cleanup.add('names', () => following.stop());
  return lanes;
}
