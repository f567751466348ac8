/** Before any fault: every point exists, bears no fault of an earlier run, and is healthy. */
import { AntipodeError, brokenError, EXIT, usageError } from '../src/errors.ts';
import type { FaultPoint, FaultSite, PlanExperiment, PlanFault, Reading, Undo } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import type { FisDriver } from './drivers/fis/driver.ts';
import { FAULTS } from './faults/index.ts';
import { type Controls, resolvePoints } from './points.ts';
import { probeWords, wantedWords } from './probe.ts';
import { nameOf } from './undo.ts';
import { probeAll } from './watch.ts';

/** One fault of the timeline, and its state. */
export interface Planned {
  plan: PlanFault;
  kind: Fault<unknown>;
  points: FaultPoint[];
  undo: Undo[];
  before: Reading[];
  state: 'planned' | 'open' | 'cleared' | 'damaged';
  /** Settles when the start has; a revert waits for it, so that the two do not interleave. */
  starting: Promise<void>;
  reverting: Promise<void> | null;
  /** Aborted when the fault is undone: it need not be watched for an early end any more. */
  over: AbortController;
}

/**
 * The faults of an experiment with their points; with `fis`, they are started and stopped through it.
 *
 * @throws exit 2 for a target with leftover faults, exit 4 for a point that is not healthy.
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
    const readings = await probeAll(kind, points, plan.params);
    const at = readings.findIndex(({ outcome }) => outcome !== 'answered');
    if (at < 0) {
      refuseUnobservable(plan, kind, points, readings);
      continue;
    }
    const [point, reading] = [points[at]!, readings[at]!];
    throw brokenError({
      what: `${point.name} is not healthy before any fault: unexpected result of ${probeWords(point.probe)}`,
      got: readingWords(reading),
      expected: wantedWords(point.probe),
      next: `${adviceOn(point, reading)} Nothing was injected.`,
    });
  }
}

/** A fault without observable effect would end as INVALID, minutes later. */
function refuseUnobservable(plan: PlanFault, kind: Fault<unknown>, points: FaultPoint[], before: Reading[]): void {
  for (const [i, point] of points.entries()) {
    const why = kind.unobservable?.(plan.params, before[i]!) ?? null;
    if (why === null) continue;
    throw usageError({
      what: `no probe can tell whether ${plan.kind} takes effect at ${point.name}: with ${probeWords(point.probe)} ${why}`,
      next: 'Nothing was injected.',
    });
  }
}

const OUTCOMES: Record<Reading['outcome'], string> = {
  answered: 'a response',
  refused: 'connection refused',
  reset: 'connection reset',
  closed: 'connection closed without a response',
  timeout: 'no response',
  error: 'an error',
};

/** `status 503 after 4 ms`. */
const readingWords = ({ outcome, detail, tookMs }: Reading): string =>
  `${detail ?? OUTCOMES[outcome]} after ${Math.round(tookMs)} ms`;

/** What to do about an unhealthy point: the key of its link that may be wrong, or the target itself. */
function adviceOn({ driver, probe, control }: FaultPoint, { outcome, value }: Reading): string {
  if (driver !== 'toxiproxy') return 'Check the target.';
  if (outcome === 'refused' || outcome === 'timeout')
    return `Check the target; if the proxy is reached at another address than its Toxiproxy (${control}) reports, such as a mapped port, set \`reachedAt: host:port\` of the link.`;
  if (value !== null && outcome === 'error')
    return 'Check the target; if this is its response when it is healthy, set `probe: { path, expect }` of the link.';
  if ('url' in probe || probe.protocol === 'redis') {
    const isTls = 'url' in probe ? probe.url.startsWith('https:') : probe.tls !== undefined;
    return isTls
      ? 'Check the target; `probe: { serverName, caFile }` of the link says how its certificate is checked, `probe: { tls: false }` probes without TLS.'
      : 'Check the target; if it speaks TLS, set `probe: { tls: true }` of the link.';
  }
  return 'Check the target.';
}

/** Every site of an experiment, each once. */
export const sitesOfExperiment = (experiment: PlanExperiment): FaultSite[] => [
  ...new Map(
    experiment.faults.flatMap(({ sites }) => sites).map((site) => [`${site.control ?? ''} ${site.name}`, site]),
  ).values(),
];
