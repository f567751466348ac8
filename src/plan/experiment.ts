/** The phases of a run with an experiment, and the instants of its faults. */
import { usageError } from '../errors.ts';
import type { ExperimentSpec, PlanExperiment } from '../formats/faults.ts';
import type { PlanPhase } from '../formats/plan.ts';
import type { Scene } from './scope.ts';
import { list, percent, percentAsWritten } from '../formats/words.ts';

/** Shares of cities are sums of floating-point numbers. */
const ROUNDING = 1e-9;

/** Requests due this long before a fault may be in flight when it takes effect, so they are not judged. */
const IN_FLIGHT_MS = 1_000;

/** Not judged: the warm-up, the end of the baseline, and the settling time at the start of recovery. */
export function experimentPhases(spec: ExperimentSpec, warmUpMs: number): PlanPhase[] {
  const faultMs = Math.max(...spec.faults.map(({ toMs }) => toMs));
  let at = 0;
  const phase = (name: PlanPhase['name'], lengthMs: number, judged: boolean): PlanPhase => {
    const fromMs = at;
    at += lengthMs;
    return { name, fromMs, toMs: at, judged };
  };
  return [
    phase('warm-up', warmUpMs, false),
    phase('baseline', spec.baselineMs - IN_FLIGHT_MS, true),
    phase('baseline', IN_FLIGHT_MS, false),
    phase('fault', faultMs, true),
    phase('recovery', spec.settleMs, false),
    phase('recovery', spec.recoveryMs, true),
  ];
}

/** The experiment with its instants since T0. Usage error if it affects more requests than its blast radius allows. */
export function planExperiment(spec: ExperimentSpec, scene: Scene): PlanExperiment {
  const { name, title, hypothesis, driver, blastRadius, limits, guards, evacuate } = spec;
  const startMs = scene.phases.find((phase) => phase.name === 'fault')!.fromMs;
  const regions = scene.regions.flatMap(({ id }, i) => (spec.regions.includes(id) ? [i] : []));
  const share = scene.origins.reduce(
    (sum, origin) => sum + (origin.kind === 'city' && regions.includes(origin.homeRegion) ? origin.share : 0),
    0,
  );
  if (share > blastRadius.requestShare + ROUNDING) {
    throw usageError({
      where: `experiment ${name}`,
      what: `${list(spec.regions)} is home to more requests than the declared blast radius allows`,
      got: percent(share),
      expected: `at most ${percentAsWritten(blastRadius.requestShare)}`,
      next: 'Choose another profile or region, or raise blastRadius.requestShare.',
    });
  }
  return {
    name,
    title,
    hypothesis,
    driver,
    faults: spec.faults.map((fault) => ({
      ...fault,
      fromMs: startMs + fault.fromMs,
      toMs: startMs + fault.toMs,
    })),
    regions,
    blastRadius,
    limits,
    guards,
    evacuate,
  };
}
