/** Before anything is broken: every place is found, holds nothing of an earlier run, and is well. */
import { AntipodeError, brokenError, EXIT } from '../src/errors.ts';
import type { FaultPoint, FaultSite, PlanExperiment, PlanFault, Reading, Undo } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults/index.ts';
import { type Controls, resolvePoints } from './points.ts';
import { readAll } from './watch.ts';

/** One fault of the timeline, with all that is known of it. */
export interface Planned {
  plan: PlanFault;
  kind: Fault<unknown>;
  points: FaultPoint[];
  undo: Undo[];
  before: Reading[];
  state: 'planned' | 'open' | 'gone' | 'damaged';
  /** Settles when the start has; a revert waits for it, or the two would work against one another. */
  starting: Promise<void>;
  reverting: Promise<void> | null;
}

/**
 * The faults of an experiment with the points they touch.
 *
 * @throws exit 2 for a target that holds left-over faults, exit 4 for one that is not healthy where it is to be broken.
 */
export async function preflight(experiment: PlanExperiment, controls: Controls): Promise<Planned[]> {
  const faults = await Promise.all(
    experiment.faults.map(async (plan): Promise<Planned> => {
      const kind = FAULTS[plan.kind];
      const points = await resolvePoints(plan.kind, plan.sites, controls);
      return {
        plan,
        kind,
        points,
        undo: [],
        before: [],
        state: 'planned',
        starting: Promise.resolve(),
        reverting: null,
      };
    }),
  );
  await refuseLeftovers(faults);
  await refuseUnhealthy(faults);
  return faults;
}

async function refuseLeftovers(faults: Planned[]): Promise<void> {
  for (const { kind, points } of faults) {
    const [left] = await kind.leftovers(points);
    if (!left) continue;
    throw new AntipodeError(EXIT.usage, {
      what: `a fault of run ${left.fault.runId} is still open here`,
      got: left.driver === 'toxiproxy' ? `proxy ${left.proxy}` : `process ${left.name}`,
      next: 'Run `npm run heal` first; nothing was sent.',
    });
  }
}

async function refuseUnhealthy(faults: Planned[]): Promise<void> {
  for (const { plan, kind, points } of faults) {
    const readings = await readAll(kind, points, plan.params);
    const at = readings.findIndex(({ outcome }) => outcome !== 'answered');
    if (at < 0) continue;
    throw brokenError({
      what: `${points[at]!.name} is not healthy before anything is broken: a probe of it was ${readings[at]!.outcome}`,
      expected: 'an answer',
      next: 'Look at the target; nothing was injected.',
    });
  }
}

/** Every site that an experiment touches, each once. */
export const sitesOfExperiment = (experiment: PlanExperiment): FaultSite[] => [
  ...new Map(experiment.faults.flatMap(({ sites }) => sites).map((site) => [site.name, site])).values(),
];
