/**
 * The run of one fault over several regions. FIS is regional and coordinates nothing: that all start or none does, and
 * that the end of one is the end of all, is made here.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { AntipodeError, brokenError, EXIT } from '../../../../src/errors.ts';
import { redacted } from '../../../../src/config/arn.ts';
import type { FisUndo } from '../../../../src/formats/faults.ts';
import type { FisRecord } from '../../../../src/formats/fis.ts';
import type { FisPool } from '../client/client.ts';
import { isFisFailure } from '../client/errors.ts';
import { TAGS, tagsOf } from '../format.ts';
import { hasEnded, onceKnown, watchExperiment } from './settle.ts';
import { stopFis, type StopPatience } from './stop.ts';
import type { FisExperiment, ResolvedTarget } from '../client/wire.ts';

export interface RunOptions {
  pool: FisPool;
  /** Between two looks at the same experiment. */
  everyMs: number;
  /** Until all of them run. */
  startWithinMs: number;
  stop?: Partial<StopPatience>;
}

/** An experiment that runs, with the undo that now knows its id. */
export interface Running {
  undo: FisUndo;
  experiment: FisExperiment;
}

/**
 * Starts one experiment per region and resolves when all run. If one does not, or `signal` aborts, all are stopped and
 * have ended before this rejects: with exit 4, or with exit 5 if one could not be stopped.
 */
export async function startFis(undo: FisUndo[], signal: AbortSignal, options: RunOptions): Promise<Running[]> {
  const { pool, everyMs, startWithinMs } = options;
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const known = undo.map((one) => ({ ...one }));
  const settled = await Promise.allSettled(
    known.map(async (one): Promise<Running> => {
      try {
        const fis = pool.in(one.region);
        const tags = { ...tagsOf(one.fault, one.owner, null), [TAGS.part]: 'run' };
        const { templateId, clientToken } = one;
        const order = { templateId, clientToken, actionsMode: 'run-all', tags } as const;
        const begun = await onceKnown(() => fis.start(order, either), either);
        one.experimentId = begun.id;
        const patience = { everyMs, withinMs: startWithinMs, signal: either };
        const running = await watchExperiment(
          fis,
          begun.id,
          (now) => hasEnded(now) || now.status === 'running',
          patience,
        );
        const state = running ?? begun;
        if (running?.status === 'running' || running?.status === 'completed') return { undo: one, experiment: running };
        throw brokenError({
          where: `FIS in ${one.region}`,
          what: running === null ? `the experiment does not start within ${startWithinMs / 1000} s` : 'it did not run',
          got: `${state.status}${whyOf(state)}`,
          expected: 'running',
          next: adviceFor(state),
        });
      } catch (error) {
        failing.abort();
        throw error;
      }
    }),
  );
  const running = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (running.length === undo.length && !signal.aborted) return running;
  await stopEverywhere(known, options.stop);
  const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  const told = reasons.filter((error) => error.name !== 'AbortError' && !isFisFailure(error, 'called-off'));
  throw brokenError({
    what: `the fault was not started: ${told.length} of ${undo.length} regions failed`,
    got: signal.aborted ? 'called off' : told.map(({ message }) => message).join(' '),
    next: 'All that had started was stopped; nothing of it is left.',
  });
}

/** Stops all, every one of them tried. Impaired (exit 5) if one could not be stopped or does not end. */
export async function stopEverywhere(undo: FisUndo[], patience?: Partial<StopPatience>): Promise<FisExperiment[]> {
  const settled = await Promise.allSettled(undo.map((one) => stopFis(one, patience)));
  const failed = settled.flatMap((one, i) =>
    one.status === 'rejected' ? [`${undo[i]!.region}: ${(one.reason as Error).message}`] : [],
  );
  if (failed.length === 0) return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value.experiments : []));
  throw new AntipodeError(EXIT.impaired, {
    what: `the fault could not be undone in ${failed.length} of ${undo.length} regions`,
    got: failed.join(' '),
    next: 'Run `npm run heal`. FIS itself ends every experiment when its minutes are over.',
  });
}

/** How a fault ended before it was told to, and where. */
export interface Unasked {
  region: string;
  experiment: FisExperiment;
  why: string;
}

/**
 * Follows experiments that run, each by itself, so that a region that does not answer hides no other's end. As soon as
 * one is no longer running, all others are asked to stop (a stop alarm of one region is an abort everywhere) and this
 * resolves, without waiting for their answers. Null when `signal` aborts first.
 */
export async function followFis(
  running: Running[],
  signal: AbortSignal,
  { pool, everyMs }: Pick<RunOptions, 'pool' | 'everyMs'>,
): Promise<Unasked | null> {
  const found = new AbortController();
  const either = AbortSignal.any([signal, found.signal]);
  const over = aborted(either);
  const ends = await Promise.all(
    running.map(async ({ undo, experiment }): Promise<FisExperiment | null> => {
      while (!either.aborted) {
        // A look that fails is no news; the next one tells.
        const look = pool.in(undo.region).experiment(experiment.id);
        const now = await Promise.race([look.catch(() => null), over]);
        if (now !== null && !either.aborted && (hasEnded(now) || now.status === 'stopping')) {
          found.abort();
          for (const other of running)
            if (other.experiment.id !== now.id)
              void pool
                .in(other.undo.region)
                .stop(other.experiment.id)
                .catch(() => {});
          return now;
        }
        await pause(everyMs, undefined, { signal: either }).catch(() => {});
      }
      return null;
    }),
  );
  const ended = ends.find((one) => one !== null);
  return ended ? { region: ended.region, experiment: ended, why: `${ended.status}${whyOf(ended)}` } : null;
}

const aborted = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });

/** Actions of experiments that did nothing: what they should have shown is "not exercised", never a pass. */
export const notExercised = (experiments: FisExperiment[]): string[] =>
  experiments.flatMap(({ region, actions }) =>
    actions
      .filter(({ status }) => ['skipped', 'failed', 'cancelled', 'pending'].includes(status))
      .map(({ actionId, status, reason }) =>
        redacted(`${actionId} in ${region}: ${status}${reason === null ? '' : ` (${reason})`}`),
      ),
  );

/** What a report says of one FIS experiment; instants are its own. Account ids are hidden unless asked for. */
export function recordOf(experiment: FisExperiment, targets: ResolvedTarget[], showAccounts = false): FisRecord {
  const { id, arn, region, status, reason, startEpochMs, endEpochMs, actions } = experiment;
  const shown = (text: string): string => (showAccounts ? text : redacted(text));
  return {
    region,
    id,
    arn: arn === null ? null : shown(arn),
    status,
    reason: reason === null ? null : shown(reason),
    startEpochMs,
    endEpochMs,
    actions: actions.map(({ reason: _, ...action }) => action),
    targets: targets.map(({ targetName, information }) => shown([targetName, ...Object.values(information)].join(' '))),
  };
}

const whyOf = ({ reason, error, actions }: FisExperiment): string => {
  const ill = actions.find(({ status }) => ['failed', 'cancelled', 'skipped'].includes(status));
  const words = [reason, error, ill && `${ill.actionId}: ${ill.reason ?? ill.status}`].filter(Boolean);
  return words.length > 0 ? ` (${redacted(words.join('; '))})` : '';
};

function adviceFor({ status, reason }: FisExperiment): string {
  if (status === 'cancelled') return 'Look at the safety lever of the region, and at what its targets resolve to.';
  if (/not authorized|access denied|permission/i.test(reason ?? ''))
    return 'The role of the experiment lacks a permission; `plan --driver fis` prints its whole policy.';
  if (status === 'stopped') return 'A stop alarm was in ALARM, or somebody stopped it.';
  return 'The log of the experiment says more.';
}
