/** One fault through FIS: the kind keeps its own eyes, and start, stop and leftovers are FIS's. */
import { awsRegionOf } from '../../../src/config/fis-target.ts';
import type { FisUndo, PlanFault, Reading, Undo } from '../../../src/formats/faults.ts';
import type { FisPlace } from '../../../src/formats/fis.ts';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import type { Fault, UnaskedEnd } from '../../fault.ts';
import type { FisControls } from '../../points.ts';
import type { FisPool } from './client/client.ts';
import type { FisExperiment } from './client/wire.ts';
import { TAGS } from './format.ts';
import { type Previewed, undoOf } from './life/preview.ts';
import { followFis, notExercised, recordOf, type Running, startFis, stopEverywhere } from './life/run.ts';
import { leftoversInFis, suspectsOf } from './life/stop.ts';

/** From StartExperiment until all regions run; FIS resolves targets and takes roles on meanwhile. */
const START_WITHIN_MS = 120_000;
/** Network ACLs and routes of AWS take their time to be felt, and to be back. */
const SEEN_WITHIN_MS = 60_000;

/** What the faults of one run share. */
export interface FisRun {
  controls: FisControls;
  pool: FisPool;
  /** Between two looks at an experiment, ms. */
  everyMs: number;
  /** The templates of all faults, once they are previewed. */
  previewed: Previewed[];
  /** Faults that were started: their templates go when they are stopped. */
  used: Set<number>;
  note(event: JournalEvent): void;
}

/** Where this run's FIS is, as the journal has it. */
export const placeOf = ({ controls: { endpoint, scale } }: FisRun): FisPlace => ({ endpoint, scale });

/** The kind of this fault, with start, stop and leftovers by FIS. */
export function faultThroughFis(run: FisRun, { number }: PlanFault, kind: Fault<unknown>): Fault<unknown> {
  const { pool, everyMs, controls } = run;
  const { endpoint, target } = controls;
  const regions = Object.keys(target.regions).map((id) => awsRegionOf(target, id));
  const stop = { everyMs };
  let running: Running[] = [];
  /** With the ids that are known since the start. */
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
        // What was stopped again is told as well: the report names every experiment that there was.
        tell(run, number, await begunOf(pool, known(undo)));
        throw error;
      }
    },
    async stop(undo) {
      const ended = await stopEverywhere(known(undo), stop);
      if (ended.length > 0) tell(run, number, ended);
    },
    async leftovers(points) {
      const [byTags, byName] = await Promise.all([
        leftoversInFis(pool, regions, target.owner, endpoint),
        kind.leftovers(points.filter(({ driver }) => driver !== 'fis')),
      ]);
      return [...byTags, ...byName];
    },
    async endsByItself(_, signal) {
      const unasked = await followFis(running, signal, { pool, everyMs });
      return unasked && unaskedEnd(unasked);
    },
    ...(controls.looks ? looking(kind) : {}),
  };
}

/** How the experiments of a fault ended, into the journal. */
function tell(run: FisRun, number: number, experiments: FisExperiment[]): void {
  const { showAccounts } = run.controls;
  const targetsOf = ({ templateId }: FisExperiment) =>
    run.previewed.find((one) => one.templateId === templateId)?.targets ?? [];
  run.note({
    kind: 'fis-ended',
    fault: number,
    place: placeOf(run),
    experiments: experiments.map((one) => recordOf(one, targetsOf(one), showAccounts)),
    notExercised: notExercised(experiments),
    suspects: experiments.flatMap(suspectsOf).map(({ region, what, look }) => `${what} in ${region}: \`${look}\``),
  });
}

/** The experiments that these templates began, whether their ids are known or not; none where FIS cannot be asked. */
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
 * Stopped, and not by us: its alarm, or a person at its console. One whose action failed passes through `stopping`,
 * too.
 */
function unaskedEnd({ experiment, why }: { experiment: FisExperiment; why: string }): UnaskedEnd {
  const { id, region, status, actions } = experiment;
  const isIll = actions.some((action) => ['failed', 'cancelled', 'skipped'].includes(action.status));
  const isGuard = !isIll && (status === 'stopped' || status === 'stopping');
  return { guard: isGuard ? 'fis-stop' : null, message: `FIS ended ${id} in ${region}: ${why}` };
}

/** A health page that fails now and then is not a fault that bites: so many looks in a row must be ill. */
const ILL_LOOKS = 3;

/** Of addresses that a target names: well when they answer below 500, and as fast as the kind asks. */
const looking = (kind: Fault<unknown>): Pick<Fault<unknown>, 'probe' | 'inEffect'> => ({
  async probe(point, params): Promise<Reading> {
    for (let look = 1; ; look += 1) {
      const reading = await kind.probe(point, params);
      const isIll = reading.outcome !== 'answered' || (reading.value ?? 0) >= 500;
      if (!isIll) return reading;
      if (look === ILL_LOOKS) return reading.outcome === 'answered' ? { ...reading, outcome: 'error' } : reading;
    }
  },
  inEffect(params, before, now) {
    if (before.outcome !== 'answered') return 'unknown';
    if (now.outcome !== 'answered') return 'yes';
    return kind.inEffect(params, before, now) === 'yes' ? 'yes' : 'no';
  },
});
