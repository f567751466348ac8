/** Before anything is broken: every place is found, holds nothing of an earlier run, and is well. */
import { AntipodeError, brokenError, EXIT } from '../src/errors.ts';
import type { FaultPoint, FaultSite, PlanExperiment, PlanFault, Reading, Undo } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import type { FisDriver } from './drivers/fis/driver.ts';
import { FAULTS } from './faults/index.ts';
import { type Controls, resolvePoints } from './points.ts';
import { nameOf } from './undo.ts';
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
  /** Aborted when it is undone: nobody need look any more whether it ends by itself. */
  over: AbortController;
}

/**
 * The faults of an experiment with the points they touch; started and stopped through FIS, where it is given.
 *
 * @throws exit 2 for a target that holds left-over faults, exit 4 for one that is not healthy where it is to be broken.
 */
export async function preflight(
  experiment: PlanExperiment,
  controls: Controls,
  fis: FisDriver | null,
): Promise<Planned[]> {
  const faults = await Promise.all(
    experiment.faults.map(async (plan): Promise<Planned> => {
      const own = FAULTS[plan.kind];
      const kind = fis ? fis.through(plan, own) : own;
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
        over: new AbortController(),
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
      got: nameOf(left),
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
