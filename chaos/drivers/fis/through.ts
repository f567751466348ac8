/** One fault through FIS: start, stop and leftovers are those of FIS, the probes are those of the kind. */
import { awsRegionOf } from '../../../src/config/fis-target.ts';
import type { FisUndo, PlanFault, Reading, Undo } from '../../../src/formats/faults.ts';
import type { FisPlace } from '../../../src/formats/fis.ts';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import type { EarlyEnd, Fault } from '../../fault.ts';
import type { FisControls } from '../../points.ts';
import type { FisPool } from './client/client.ts';
import type { FisExperiment } from './client/wire.ts';
import { TAGS } from './format.ts';
import { type Previewed, undoOf } from './life/preview.ts';
import { followFis, notExercised, recordOf, type Running, startFis, stopEverywhere } from './life/run.ts';
import { leftoversInFis, suspectsOf } from './life/stop.ts';

/** From StartExperiment until all regions run; FIS resolves targets and assumes roles meanwhile. */
const START_WITHIN_MS = 120_000;
/** Changes of network ACLs and routes of AWS take time to take effect and to be reverted. */
const SEEN_WITHIN_MS = 60_000;

/** Shared by the faults of one run. */
export interface FisRun {
  controls: FisControls;
  pool: FisPool;
  /** Polling interval of an experiment, ms. */
  everyMs: number;
  /** The previewed templates of all faults. */
  previewed: Previewed[];
  /** Numbers of the faults that were started: their templates are deleted when they are stopped. */
  used: Set<number>;
  note(event: JournalEvent): void;
}

/** Endpoint and time scale of this run's FIS, for the journal. */
export const placeOf = ({ controls: { endpoint, scale } }: FisRun): FisPlace => ({ endpoint, scale });

/** The kind of this fault, with start, stop and leftovers through FIS. */
export function faultThroughFis(run: FisRun, { number }: PlanFault, kind: Fault<unknown>): Fault<unknown> {
  const { pool, everyMs, controls } = run;
  const { endpoint, target } = controls;
  const regions = Object.keys(target.regions).map((id) => awsRegionOf(target, id));
  const stop = { everyMs };
  let running: Running[] = [];
  /** Adds the experiment ids that are known since the start. */
  const known = (undo: Undo[]): FisUndo[] =>
    undo
      .filter((one) => one.driver === 'fis')
      .map((one) => running.find(({ undo: { templateId } }) => templateId === one.templateId)?.undo ?? one);
  return {
    ...kind,
    seenWithinMs: SEEN_WITHIN_MS,
    prepare: () => {
      const own = run.previewed.filter(({ part }) => part.fault.number === number);
      return Promise.resolve(own.map((one) => undoOf(one, endpoint)));
    },
    async start(undo, signal) {
      run.used.add(number);
      try {
        running = await startFis(known(undo), signal, { pool, everyMs, startWithinMs: START_WITHIN_MS, stop });
      } catch (error) {
        // Journal also the experiments that were stopped again: the report lists all of them.
        journalEnded(run, number, await begunOf(pool, known(undo)));
        throw error;
      }
    },
    async stop(undo) {
      const ended = await stopEverywhere(known(undo), stop);
      if (ended.length > 0) journalEnded(run, number, ended);
    },
    async leftovers(points) {
      const [byTags, byName] = await Promise.all([
        leftoversInFis(pool, regions, target.owner, endpoint),
        kind.leftovers(points.filter(({ driver }) => driver !== 'fis')),
      ]);
      return [...byTags, ...byName];
    },
    async endsByItself(_, signal) {
      const ended = await followFis(running, signal, { pool, everyMs });
      return ended && earlyEnd(ended);
    },
    ...(controls.probeUrls ? withProbeUrls(kind) : {}),
  };
}

/** Journals how the experiments of a fault ended. */
function journalEnded(run: FisRun, number: number, experiments: FisExperiment[]): void {
  const { showAccounts } = run.controls;
  const targetsOf = ({ templateId }: FisExperiment) =>
    run.previewed.find((one) => one.templateId === templateId)?.targets ?? [];
  run.note({
    kind: 'fis-ended',
    fault: number,
    place: placeOf(run),
    experiments: experiments.map((one) => recordOf(one, targetsOf(one), showAccounts)),
    notExercised: notExercised(experiments),
    suspects: experiments
      .flatMap(suspectsOf)
      .map(({ region, what, command }) => `${what} in ${region}: \`${command}\``),
  });
}

/** The experiments that were started from these templates, found by tags; none if FIS is unreachable. */
async function begunOf(pool: FisPool, undo: FisUndo[]): Promise<FisExperiment[]> {
  const found = await Promise.all(
    undo.map(async ({ region, templateId }) => {
      const fis = pool.in(region);
      const listed = await fis.experiments(templateId).catch(() => []);
      const ids = listed.filter(({ tags }) => tags[TAGS.part] === 'run').map(({ id }) => id);
      return Promise.all(ids.map((id) => fis.experiment(id).catch(() => null)));
    }),
  );
  return found.flat().filter((one) => one !== null);
}

/**
 * Stopped by a stop alarm or a user at the console: a guard. An experiment with a failed action passes through
 * `stopping`, too.
 */
function earlyEnd({ experiment, why }: { experiment: FisExperiment; why: string }): EarlyEnd {
  const { id, region, status, actions } = experiment;
  const hasFailed = actions.some((action) => ['failed', 'cancelled', 'skipped'].includes(action.status));
  const isGuard = !hasFailed && (status === 'stopped' || status === 'stopping');
  return { guard: isGuard ? 'fis-stop' : null, message: `FIS ended ${id} in ${region}: ${why}` };
}

/** A health page may fail now and then, so this many probes in a row must fail. */
const MIN_FAILED_PROBES = 3;

/** For probe URLs of the target: healthy with a status below 500, as fast as the kind requires. */
const withProbeUrls = (kind: Fault<unknown>): Pick<Fault<unknown>, 'probe' | 'inEffect'> => ({
  async probe(point, params): Promise<Reading> {
    for (let attempt = 1; ; attempt += 1) {
      const reading = await kind.probe(point, params);
      const hasFailed = reading.outcome !== 'answered' || (reading.value ?? 0) >= 500;
      if (!hasFailed) return reading;
      if (attempt === MIN_FAILED_PROBES)
        return reading.outcome === 'answered' ? { ...reading, outcome: 'error' } : reading;
    }
  },
  inEffect(params, before, now) {
    if (before.outcome !== 'answered') return 'unknown';
    if (now.outcome !== 'answered') return 'yes';
    return kind.inEffect(params, before, now) === 'yes' ? 'yes' : 'no';
  },
});
