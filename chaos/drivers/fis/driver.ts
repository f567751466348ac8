/**
 * The faults of one run as AWS FIS carries them out. A kind keeps its own eyes (probe, inEffect): what FIS says of
 * itself proves nothing. Templates are made and previewed before the load begins, started when a fault is due.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { FisUndo, PlanExperiment, PlanFault, Reading, Undo } from '../../../src/formats/faults.ts';
import type { FisPlace } from '../../../src/formats/fis.ts';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import { redacted } from '../../../src/config/arn.ts';
import { awsRegionOf } from '../../../src/config/fis-target.ts';
import type { Fault } from '../../fault.ts';
import type { FisControls } from '../../points.ts';
import { fisPool } from './client/client.ts';
import { compileForFis } from './templates/compile.ts';
import { TAGS } from './format.ts';
import { previewAll, type Previewed, undoOf } from './life/preview.ts';
import { followFis, notExercised, recordOf, type Running, startFis, stopEverywhere } from './life/run.ts';
import { isLoopback } from './client/send.ts';
import { leftoversInFis, suspectsOf } from './life/stop.ts';
import type { FisExperiment } from './client/wire.ts';

/** Between two looks at an experiment, ms: AWS throttles, an endpoint on this machine does not. */
const LOOK_MS = { aws: 1_000, here: 200 };
/** From StartExperiment until all regions run; FIS resolves targets and takes roles on meanwhile. */
const START_WITHIN_MS = 120_000;
/** Network ACLs and routes of AWS take their time to be felt, and to be back. */
const SEEN_WITHIN_MS = 60_000;

export interface FisDriverOptions {
  runId: string;
  experiment: PlanExperiment;
  controls: FisControls;
  note(event: JournalEvent): void;
}

export interface FisDriver {
  /** The kind of this fault, with start, stop and leftovers by FIS. */
  through(plan: PlanFault, kind: Fault<unknown>): Fault<unknown>;
  /**
   * Makes and previews the templates of all faults: what would be hit is in the journal then, and nothing was broken.
   * Rejects if one finds nothing or cannot be made; none is left then. Returns what undoes all of it.
   */
  preview(signal?: AbortSignal): Promise<FisUndo[]>;
  /** Deletes the templates that no fault has used, and lets go of connections. False if one could not be deleted. */
  close(): Promise<boolean>;
}

/** Nothing is called before `preview`. Usage error (exit 2) for what FIS cannot do. */
export function fisDriver({ runId, experiment, controls, note }: FisDriverOptions): FisDriver {
  const { endpoint, target, showAccounts } = controls;
  const isHere = endpoint !== null && isLoopback(new URL(endpoint).hostname);
  const pool = fisPool({ endpoint, showAccounts });
  const everyMs = isHere ? LOOK_MS.here : LOOK_MS.aws;
  const stop = { everyMs };
  const place: FisPlace = { endpoint, scale: controls.scale };
  const regions = Object.keys(target.regions).map((id) => awsRegionOf(target, id));
  const compiled = compileForFis({
    runId,
    scenario: experiment.name,
    target,
    faults: experiment.faults,
    fromEpochMs: Date.now(),
    revision: null,
    attempt: 1,
  });
  const parts = compiled.flatMap((fault) => fault.parts);
  let previewed: Previewed[] = [];
  /** Faults that were started: their templates go when they are stopped. */
  const used = new Set<number>();

  const told = (number: number, experiments: FisExperiment[]): void => {
    const targetsOf = ({ templateId }: FisExperiment) =>
      previewed.find((one) => one.templateId === templateId)?.targets ?? [];
    note({
      kind: 'fis-ended',
      fault: number,
      place,
      experiments: experiments.map((one) => recordOf(one, targetsOf(one), showAccounts)),
      notExercised: notExercised(experiments),
      suspects: experiments.flatMap(suspectsOf).map(({ region, what, look }) => `${what} in ${region}: \`${look}\``),
    });
  };

  /** The experiments that these templates began, whether their ids are known or not; none where FIS cannot be asked. */
  const begunOf = async (undo: FisUndo[]): Promise<FisExperiment[]> => {
    const found = await Promise.all(
      undo.map(async ({ region, templateId }) => {
        const fis = pool.in(region);
        const listed = await fis.experiments(templateId).catch(() => []);
        const ids = listed.filter(({ tags }) => tags[TAGS.part] === 'run').map(({ id }) => id);
        return Promise.all(ids.map((id) => fis.experiment(id).catch(() => null)));
      }),
    );
    return found.flat().filter((one) => one !== null);
  };

  return {
    through(plan, kind) {
      const { number } = plan;
      let running: Running[] = [];
      /** With the ids that are known since the start. */
      const known = (undo: Undo[]): FisUndo[] =>
        undo
          .filter((one) => one.driver === 'fis')
          .map((one) => running.find(({ undo: { templateId } }) => templateId === one.templateId)?.undo ?? one);
      return {
        ...kind,
        seenWithinMs: SEEN_WITHIN_MS,
        prepare: () =>
          Promise.resolve(
            previewed.filter(({ part }) => part.fault.number === number).map((one) => undoOf(one, endpoint)),
          ),
        async start(undo, signal) {
          used.add(number);
          const startWithinMs = START_WITHIN_MS;
          try {
            running = await startFis(known(undo), signal, { pool, everyMs, startWithinMs, stop });
          } catch (error) {
            // What was stopped again is told as well: the report names every experiment that there was.
            told(number, await begunOf(known(undo)));
            throw error;
          }
        },
        async stop(undo) {
          const ended = await stopEverywhere(known(undo), stop);
          if (ended.length > 0) told(number, ended);
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
          if (unasked === null) return null;
          const { experiment: one, why } = unasked;
          // Stopped, and not by us: its alarm, or a person at its console. One whose action failed passes through
          // `stopping`, too.
          const isIll = one.actions.some(({ status }) => ['failed', 'cancelled', 'skipped'].includes(status));
          const isGuard = !isIll && (one.status === 'stopped' || one.status === 'stopping');
          return { guard: isGuard ? 'fis-stop' : null, message: `FIS ended ${one.id} in ${one.region}: ${why}` };
        },
        ...(controls.looks ? looking(kind) : {}),
      };
    },
    async preview(signal) {
      previewed = await previewAll(parts, { pool, endpoint, everyMs, signal });
      for (const { part, targets, doubts } of previewed) {
        const shown = (text: string): string => (showAccounts ? text : redacted(text));
        const names = targets.map(({ targetName, information }) =>
          shown([targetName, ...Object.values(information)].join(' ')),
        );
        note({ kind: 'fis-preview', fault: part.fault.number, place, region: part.awsRegion, targets: names, doubts });
      }
      return previewed.map((one) => undoOf(one, endpoint));
    },
    async close() {
      const idle = previewed.filter(({ part }) => !used.has(part.fault.number));
      const deleted = await Promise.allSettled(
        idle.map((one) => pool.in(one.part.awsRegion).deleteTemplate(one.templateId)),
      );
      // Connections that a late answer still comes in on.
      await pause(0);
      pool.close();
      return deleted.every(({ status }) => status === 'fulfilled');
    },
  };
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
