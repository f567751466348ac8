/**
 * Runs one fault in several regions. FIS is regional and coordinates nothing, so this ensures that all experiments
 * start or none, and that the end of one ends all.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { AntipodeError, brokenError, EXIT } from '../../../../src/errors.ts';
import { redacted } from '../../../../src/config/arn.ts';
import type { FisUndo } from '../../../../src/formats/faults.ts';
import type { FisRecord } from '../../../../src/formats/fis.ts';
import type { FisPool } from '../client/client.ts';
import { isFisFailure } from '../client/errors.ts';
import { TAGS, tagsOf } from '../format.ts';
import { hasEnded, retryWhileAbsent, watchExperiment } from './settle.ts';
import { stopFis, type StopPatience } from './stop.ts';
import type { FisExperiment, ResolvedTarget } from '../client/wire.ts';

export interface RunOptions {
  pool: FisPool;
  /** Polling interval of an experiment. */
  everyMs: number;
  /** Until all experiments run. */
  startWithinMs: number;
  stop?: Partial<StopPatience>;
}

/** A running experiment, with its id in the undo data. */
export interface Running {
  undo: FisUndo;
  experiment: FisExperiment;
}

/**
 * Starts one experiment per region and resolves when all run. If one does not, or `signal` aborts, this waits until all
 * are stopped and rejects: with exit 4, or with exit 5 if one could not be stopped.
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
        const begun = await retryWhileAbsent(() => fis.start(order, either), either);
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
          what:
            running === null
              ? `the experiment did not start within ${startWithinMs / 1000} s`
              : 'the experiment did not run',
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
  const failures = reasons.filter((error) => error.name !== 'AbortError' && !isFisFailure(error, 'aborted'));
  throw brokenError({
    what: `the fault was not started: ${failures.length} of ${undo.length} regions failed`,
    got: signal.aborted ? 'aborted' : failures.map(({ message }) => message).join(' '),
    next: 'Experiments that had started were stopped; none is left.',
  });
}

/** Stops all; one that fails does not keep the others from being stopped. Exit 5 if one cannot be stopped. */
export async function stopEverywhere(undo: FisUndo[], patience?: Partial<StopPatience>): Promise<FisExperiment[]> {
  const settled = await Promise.allSettled(undo.map((one) => stopFis(one, patience)));
  const failed = settled.flatMap((one, i) =>
    one.status === 'rejected' ? [`${undo[i]!.region}: ${(one.reason as Error).message}`] : [],
  );
  if (failed.length === 0) return settled.flatMap((one) => (one.status === 'fulfilled' ? one.value.experiments : []));
  throw new AntipodeError(EXIT.impaired, {
    what: `the fault could not be undone in ${failed.length} of ${undo.length} regions`,
    got: failed.join(' '),
    next: 'Run `npm run heal`. FIS itself ends every experiment when its duration is over.',
  });
}

/** An experiment that ended before it was stopped. */
export interface EndedEarly {
  region: string;
  experiment: FisExperiment;
  why: string;
}

/**
 * Polls running experiments independently, so that an unreachable region does not hide the end of another. As soon as
 * one is no longer running, a stop of all others is requested (a stop alarm in one region aborts all regions) and this
 * resolves without waiting for the responses. Null when `signal` aborts first.
 */
export async function followFis(
  running: Running[],
  signal: AbortSignal,
  { pool, everyMs }: Pick<RunOptions, 'pool' | 'everyMs'>,
): Promise<EndedEarly | null> {
  const found = new AbortController();
  const either = AbortSignal.any([signal, found.signal]);
  const over = aborted(either);
  const ends = await Promise.all(
    running.map(async ({ undo, experiment }): Promise<FisExperiment | null> => {
      while (!either.aborted) {
        // A failed poll says nothing; the next one will.
        const poll = pool.in(undo.region).experiment(experiment.id);
        const now = await Promise.race([poll.catch(() => null), over]);
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

/** Actions that did nothing. The report lists them as not exercised. */
export const notExercised = (experiments: FisExperiment[]): string[] =>
  experiments.flatMap(({ region, actions }) =>
    actions
      .filter(({ status }) => ['skipped', 'failed', 'cancelled', 'pending'].includes(status))
      .map(({ actionId, status, reason }) =>
        redacted(`${actionId} in ${region}: ${status}${reason === null ? '' : ` (${reason})`}`),
      ),
  );

/** The record of one FIS experiment for reports, with FIS's own times. Account ids are hidden unless `showAccounts`. */
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
  const failed = actions.find(({ status }) => ['failed', 'cancelled', 'skipped'].includes(status));
  const words = [reason, error, failed && `${failed.actionId}: ${failed.reason ?? failed.status}`].filter(Boolean);
  return words.length > 0 ? ` (${redacted(words.join('; '))})` : '';
};

function adviceFor({ status, reason }: FisExperiment): string {
  if (status === 'cancelled') return 'Check the safety lever of the region, and what its targets resolve to.';
  if (/not authorized|access denied|permission/i.test(reason ?? ''))
    return 'The role of the experiment lacks a permission; `plan --driver fis` prints its whole policy.';
  if (status === 'stopped') return 'A stop alarm was in ALARM, or a user stopped it.';
  return 'See the log of the experiment.';
}
