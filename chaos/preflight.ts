/** Before anything is broken: every place is found, holds nothing of an earlier run, and is well. */
import { AntipodeError, brokenError, EXIT, usageError } from '../src/errors.ts';
import type { FaultPoint, FaultSite, PlanExperiment, PlanFault, Reading, Undo } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import type { FisDriver } from './drivers/fis/driver.ts';
import { FAULTS } from './faults/index.ts';
import { type Controls, resolvePoints } from './points.ts';
import { probeWords, wantedWords } from './probe.ts';
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
    if (at < 0) {
      refuseUnseen(plan, kind, points, readings);
      continue;
    }
    const [point, reading] = [points[at]!, readings[at]!];
    throw brokenError({
      what: `${point.name} is not healthy before anything is broken: ${probeWords(point.probe)} was not answered as it should be`,
      got: cameWords(reading),
      expected: wantedWords(point.probe),
      next: `${adviceOn(point, reading)} Nothing was injected.`,
    });
  }
}

/** What nobody could see bite would end as INVALID, minutes later. */
function refuseUnseen(plan: PlanFault, kind: Fault<unknown>, points: FaultPoint[], before: Reading[]): void {
  for (const [i, point] of points.entries()) {
    const why = kind.unseen?.(plan.params, before[i]!) ?? null;
    if (why === null) continue;
    throw usageError({
      what: `nobody could see whether ${plan.kind} bites at ${point.name}: by ${probeWords(point.probe)} ${why}`,
      next: 'Nothing was injected.',
    });
  }
}

const OUTCOMES: Record<Reading['outcome'], string> = {
  answered: 'an answer',
  refused: 'connection refused',
  reset: 'connection reset',
  closed: 'connection closed without an answer',
  timeout: 'no answer',
  error: 'an error',
};

/** What a look saw, in words: `status 503 after 4 ms`. */
const cameWords = ({ outcome, detail, tookMs }: Reading): string =>
  `${detail ?? OUTCOMES[outcome]} after ${Math.round(tookMs)} ms`;

/** What to do about a point that is not well: the key of its link that may be wrong, or the target itself. */
function adviceOn({ driver, probe, control }: FaultPoint, { outcome, value }: Reading): string {
  if (driver !== 'toxiproxy') return 'Look at the target.';
  if (outcome === 'refused' || outcome === 'timeout')
    return `Look at the target; if the proxy is reached elsewhere than its Toxiproxy (${control}) says, as by a mapped port, name that: \`reachedAt: host:port\` of the link.`;
  if (value !== null && outcome === 'error')
    return 'Look at the target; if this is what it answers when it is well, say so: `probe: { path, expect }` of the link.';
  if ('url' in probe || probe.protocol === 'redis') {
    const isTls = 'url' in probe ? probe.url.startsWith('https:') : probe.tls !== undefined;
    return isTls
      ? 'Look at the target; its certificate is checked by `probe: { serverName, caFile }` of the link, and `probe: { tls: false }` asks without TLS.'
      : 'Look at the target; if it speaks TLS, say so: `probe: { tls: true }` of the link.';
  }
  return 'Look at the target.';
}

/** Every site that an experiment touches, each once. */
export const sitesOfExperiment = (experiment: PlanExperiment): FaultSite[] => [
  ...new Map(
    experiment.faults.flatMap(({ sites }) => sites).map((site) => [`${site.control ?? ''} ${site.name}`, site]),
  ).values(),
];
