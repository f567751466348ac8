/**
 * Starts and stops faults by their undo data alone, whatever their kind. The keeper and `heal` load only this, so it
 * imports no more than it needs.
 */
import { AntipodeError, brokenError, EXIT } from '../src/errors.ts';
import { faultName, type FaultPoint, type Undo } from '../src/formats/faults.ts';
import { injectIntoProxy } from './drivers/toxiproxy/inject.ts';
import { leftoversInProxies } from './drivers/toxiproxy/leftovers.ts';
import { replaceProxy, type Reverted, revertProxy, type Stuck } from './drivers/toxiproxy/revert.ts';
import { injectIntoProcess, leftoversInProcesses, revertProcess } from './drivers/world/processes.ts';

/** One point that was undone. `clean`: there was no fault. `moot`: the point no longer exists, nor does its fault. */
export interface Stopped {
  undo: Undo;
  how: Reverted;
}

export interface StopFailure {
  undo: Undo;
  message: string;
}

/** Some points could not be undone: the target may be damaged (exit 5). */
export class StopError extends AntipodeError {
  readonly failures: StopFailure[];

  constructor(failures: StopFailure[], tried: number) {
    super(EXIT.impaired, {
      what: `the fault could not be undone at ${failures.length} of ${tried} points`,
      got: failures.map(({ undo, message }) => `${nameOf(undo)}: ${message}`).join(' '),
      next: 'Run `npm run heal`.',
    });
    this.name = 'StopError';
    this.failures = failures;
  }
}

/** The point of an undo, for messages. */
export function nameOf(undo: Undo): string {
  if (undo.driver === 'toxiproxy') return undo.proxy;
  return undo.driver === 'world' ? undo.name : `FIS in ${undo.region}`;
}

/**
 * Starts at all points in parallel. If one fails, or `signal` aborts, all are undone and this rejects: with exit 4, or
 * with exit 5 if the undo failed too.
 */
export async function startAll(undo: Undo[], signal: AbortSignal): Promise<void> {
  const settled = await Promise.allSettled(undo.map((one) => inject(one, signal)));
  const failures = settled.flatMap((result, i) =>
    result.status === 'rejected' ? [`${nameOf(undo[i]!)}: ${messageOf(result.reason)}`] : [],
  );
  if (failures.length === 0 && !signal.aborted) return;
  await stopAll(undo);
  throw brokenError({
    what: `the fault ${undo[0] ? faultName(undo[0].fault) : ''} was not started`,
    got: signal.aborted ? 'aborted' : failures.join(' '),
    next: 'It was undone at every point.',
  });
}

function inject(undo: Undo, signal: AbortSignal): Promise<void> {
  if (undo.driver === 'toxiproxy') return injectIntoProxy(undo, signal);
  if (undo.driver === 'world') return injectIntoProcess(undo, signal);
  throw new Error('experiments of FIS are started by their driver: all regions or none');
}

/** FIS is imported on demand: its SDK would slow down every start of a keeper. */
async function revert(undo: Undo): Promise<Reverted | Stuck> {
  if (undo.driver === 'toxiproxy') return revertProxy(undo);
  if (undo.driver === 'world') return revertProcess(undo);
  const { stopFis } = await import('./drivers/fis/life/stop.ts');
  return (await stopFis(undo)).how;
}

/**
 * Stops at all points in parallel; one that fails does not keep the others from being stopped. Idempotent, safe to
 * retry. A StopError lists the failures.
 */
export async function stopAll(undo: Undo[]): Promise<Stopped[]> {
  const first = await Promise.allSettled(undo.map(revert));
  // Replacing a stuck proxy may block its Toxiproxy for good, so it comes last.
  const settled = await Promise.allSettled(
    first.map(async (result, i): Promise<Reverted> => {
      if (result.status === 'rejected') throw result.reason;
      const [one, how] = [undo[i]!, result.value];
      if (typeof how === 'string') return how;
      if (one.driver === 'toxiproxy') return await replaceProxy(one, how.seen);
      throw new Error('only proxies get stuck');
    }),
  );
  const failures: StopFailure[] = [];
  const stopped: Stopped[] = [];
  for (const [i, result] of settled.entries()) {
    if (result.status === 'fulfilled') stopped.push({ undo: undo[i]!, how: result.value });
    else failures.push({ undo: undo[i]!, message: messageOf(result.reason) });
  }
  if (failures.length > 0) throw new StopError(failures, undo.length);
  return stopped;
}

/** Antipode's faults at these points, found by name. Rejects if a control does not respond. */
export async function leftoversAt(points: FaultPoint[]): Promise<Undo[]> {
  const of = (driver: FaultPoint['driver']) => points.filter((point) => point.driver === driver);
  const found = await Promise.all([leftoversInProxies(of('toxiproxy')), leftoversInProcesses(of('world'))]);
  return found.flat();
}

/** The part of a Fault that is the same for every kind. */
export const byUndo = {
  start: startAll,
  stop: async (undo: Undo[]): Promise<void> => void (await stopAll(undo)),
  leftovers: leftoversAt,
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
