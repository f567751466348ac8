/**
 * Ends FIS experiments by their undo data alone: for the harness, the keeper and `heal`. FIS rolls back when an
 * experiment is stopped, so a fault is undone when its experiment has ended.
 */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { brokenError } from '../../../../src/errors.ts';
import type { FaultId, FisUndo } from '../../../../src/formats/faults.ts';
import { ACTIONS, isKnownAction } from '../templates/actions.ts';
import { redacted } from '../../../../src/config/arn.ts';
import { type Fis, fisIn, type FisPool } from '../client/client.ts';
import { FisCallError } from '../client/errors.ts';
import { faultOfTags, isTerminal } from '../format.ts';
import { isLoopback } from '../client/send.ts';
import { hasEnded, watchExperiment } from './settle.ts';
import type { FisExperiment, FisSummary } from '../client/wire.ts';

export interface StopPatience {
  everyMs: number;
  /** Until the end of the roll-back. */
  withinMs: number;
  /** Time within which a start whose response was lost appears in the listing. */
  listedWithinMs: number;
}

const PATIENCE: StopPatience = { everyMs: 1_000, withinMs: 180_000, listedWithinMs: 6_000 };
/** AWS's listings lag further behind than those of an endpoint on this machine. */
const AWS_LISTED_WITHIN_MS = 20_000;

/** `clean`: nothing was running. `moot`: the local endpoint is no longer running, nor is its world. */
export interface FisStopped {
  how: 'undone' | 'clean' | 'moot';
  experiments: FisExperiment[];
}

/**
 * Stops the experiment of this undo, whether its id is known or not, waits until it has ended, and deletes its
 * template. Idempotent, safe to retry. Rejects if it could not be stopped or does not end.
 */
export async function stopFis(undo: FisUndo, patience: Partial<StopPatience> = {}): Promise<FisStopped> {
  if (undo.endpoint !== null && (await isNotRunning(undo.endpoint))) return { how: 'moot', experiments: [] };
  const usual = undo.endpoint === null ? { ...PATIENCE, listedWithinMs: AWS_LISTED_WITHIN_MS } : PATIENCE;
  const { everyMs, withinMs, listedWithinMs } = { ...usual, ...patience };
  const fis = fisIn(undo.region, { endpoint: undo.endpoint });
  try {
    // Without its template nothing more can start: a start in progress appears in the listing now or never.
    if (undo.experimentId === null) await fis.deleteTemplate(undo.templateId);
    const ids = undo.experimentId === null ? await idsOf(fis, undo, everyMs, listedWithinMs) : [undo.experimentId];
    const stopped = await Promise.all(
      ids.map((id) => fis.stop(id).catch((error: unknown) => stopRefused(fis, id, error))),
    );
    const ends = await Promise.all(
      stopped.map(async (one) => {
        if (one === null || hasEnded(one)) return { experiment: one, was: 'over' as const };
        const ended = await watchExperiment(fis, one.id, hasEnded, { everyMs, withinMs });
        if (ended) return { experiment: ended, was: 'running' as const };
        throw brokenError({
          where: `FIS in ${undo.region}`,
          what: `the experiment ${one.id} has not ended ${withinMs / 1000} s after the stop request`,
          next: 'FIS is still rolling back; `npm run heal` checks again.',
        });
      }),
    );
    if (undo.experimentId !== null) await fis.deleteTemplate(undo.templateId);
    return {
      how: ends.some(({ was }) => was === 'running') ? 'undone' : 'clean',
      experiments: ends.flatMap(({ experiment }) => experiment ?? []),
    };
  } finally {
    fis.close();
  }
}

/** A local endpoint that does not run any more rolled back when it ended, or ended with its world. */
function isNotRunning(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  if (!isLoopback(hostname)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const end = (isRefused: boolean): void => {
      socket.destroy();
      resolve(isRefused);
    };
    socket.once('connect', () => end(false));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}

/** Some endpoints refuse to stop an experiment that has ended; that is no error. */
async function stopRefused(fis: Fis, id: string, error: unknown): Promise<FisExperiment> {
  if (!(error instanceof FisCallError) || error.status === null) throw error;
  const experiment = await fis.experiment(id);
  if (hasEnded(experiment)) return experiment;
  throw error;
}

/** Ids of the experiments that this undo started, by template and tags. Polls, as listings lag behind starts. */
async function idsOf(fis: Fis, undo: FisUndo, everyMs: number, withinMs: number): Promise<string[]> {
  for (const deadlineMs = Date.now() + withinMs; ;) {
    const listed = await fis.experiments(undo.templateId);
    const ours = listed.filter((one) => isOfUndo(one, undo));
    const live = ours.filter(({ status }) => status === null || !isTerminal(status));
    const isSeen = ours.some(({ tags }) => tags['antipode:part'] === 'run');
    if (live.length > 0 || isSeen || Date.now() >= deadlineMs) return live.map(({ id }) => id);
    await pause(Math.min(everyMs, Math.max(0, deadlineMs - Date.now())));
  }
}

function isOfUndo({ templateId, tags }: FisSummary, undo: FisUndo): boolean {
  const fault = faultOfTags(tags, undo.owner);
  return fault !== null && templateId === undo.templateId && sameFault(fault, undo.fault);
}

const sameFault = (a: FaultId, b: FaultId): boolean => a.runId === b.runId && a.number === b.number;

/**
 * All running experiments and all templates of this owner in these regions, found by tags alone. Those with another
 * owner or inconsistent tags are left alone. Rejects if a region does not respond.
 */
export async function leftoversInFis(
  pool: FisPool,
  regions: string[],
  owner: string,
  endpoint: string | null,
): Promise<FisUndo[]> {
  const found = await Promise.all(
    regions.map(async (region): Promise<FisUndo[]> => {
      const fis = pool.in(region);
      const [experiments, templates] = await Promise.all([fis.experiments(), fis.templates()]);
      const undoFor = (fault: FaultId, templateId: string, experimentId: string | null): FisUndo => ({
        driver: 'fis',
        fault,
        region,
        endpoint,
        owner,
        templateId,
        clientToken: '',
        experimentId,
      });
      const live = experiments.flatMap(({ id, templateId, status, tags }): FisUndo[] => {
        const fault = faultOfTags(tags, owner);
        const isOver = status !== null && isTerminal(status);
        return fault === null || isOver ? [] : [undoFor(fault, templateId ?? '', id)];
      });
      const idle = templates.flatMap(({ id, tags }): FisUndo[] => {
        const fault = faultOfTags(tags, owner);
        const isKnown = live.some(({ templateId }) => templateId === id);
        return fault === null || isKnown ? [] : [undoFor(fault, id, null)];
      });
      return [...live, ...idle];
    }),
  );
  return found.flat();
}

/** A change that may remain in the account after its experiment has ended, and the command that shows it. */
export interface Suspect {
  region: string;
  experimentId: string;
  action: string;
  what: string;
  command: string;
}

/**
 * Changes that an ended experiment may have left behind: those of actions that began and ended abnormally. An action
 * whose roll-back failed is `failed` in FIS. Actions that completed or were stopped have been rolled back.
 */
export const suspectsOf = ({ id, region, actions }: FisExperiment): Suspect[] =>
  actions.flatMap(({ actionId, status, reason, startEpochMs }): Suspect[] => {
    const leaves = isKnownAction(actionId) ? ACTIONS[actionId].leaves : null;
    const isOdd = ['failed', 'cancelled', 'running', 'stopping'].includes(status) && startEpochMs !== null;
    if (leaves === null || !isOdd) return [];
    const what = `${leaves.what}: the action ended as ${status}${reason === null ? '' : ` (${redacted(reason)})`}`;
    return [{ region, experimentId: id, action: actionId, what, command: `${leaves.command} --region ${region}` }];
  });
