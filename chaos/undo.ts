/**
 * Starts and stops faults by their undo data alone, whatever their kind and wherever they are. The keeper and `heal`
 * need nothing else of this room, so nothing else is imported here.
 */
import { AntipodeError, brokenError, EXIT } from '../src/errors.ts';
import { faultName, type FaultPoint, type Undo } from '../src/formats/faults.ts';
import { injectIntoProxy } from './drivers/toxiproxy/inject.ts';
import { leftoversInProxies } from './drivers/toxiproxy/leftovers.ts';
import { replaceProxy, type Reverted, revertProxy, type Stuck } from './drivers/toxiproxy/revert.ts';
import { injectIntoProcess, leftoversInProcesses, revertProcess } from './drivers/world/processes.ts';

/** One point that was undone. `clean`: nothing was there. `moot`: the point is gone, and the fault with it. */
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

/** What an undo is about, for people. */
export function nameOf(undo: Undo): string {
  if (undo.driver === 'toxiproxy') return undo.proxy;
  return undo.driver === 'world' ? undo.name : `FIS in ${undo.region}`;
}

/**
 * Starts at all points in parallel. If one fails, or `signal` aborts, what was started is undone again and this
 * rejects: with exit 4, or with exit 5 if even that failed.
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
    got: signal.aborted ? 'called off' : failures.join(' '),
    next: 'Nothing of it is left.',
  });
}

function inject(undo: Undo, signal: AbortSignal): Promise<void> {
  if (undo.driver === 'toxiproxy') return injectIntoProxy(undo, signal);
  if (undo.driver === 'world') return injectIntoProcess(undo, signal);
  throw new Error('experiments of FIS are started by their driver: all regions or none');
}

/** FIS only where it is needed: its SDK would keep every start of a keeper waiting. */
async function revert(undo: Undo): Promise<Reverted | Stuck> {
  if (undo.driver === 'toxiproxy') return revertProxy(undo);
  if (undo.driver === 'world') return revertProcess(undo);
  const { stopFis } = await import('./drivers/fis/life/stop.ts');
  return (await stopFis(undo)).how;
}

/**
 * Stops at all points in parallel, every one of them tried. Idempotent. A StopError lists those that failed; to try
 * again is safe.
 */
export async function stopAll(undo: Undo[]): Promise<Stopped[]> {
  const first = await Promise.allSettled(undo.map(revert));
  // Replacing a stuck proxy may block its Toxiproxy for good, so it comes after everything that can be undone without.
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

/** What faults of ours are found at these points by name. Rejects if a control does not answer. */
export async function leftoversAt(points: FaultPoint[]): Promise<Undo[]> {
  const of = (driver: FaultPoint['driver']) => points.filter((point) => point.driver === driver);
  const found = await Promise.all([leftoversInProxies(of('toxiproxy')), leftoversInProcesses(of('world'))]);
  return found.flat();
}

/** What every kind of fault has in common: it is undone by its undo data, so it need not be written again. */
export const byUndo = {
  start: startAll,
  stop: async (undo: Undo[]): Promise<void> => void (await stopAll(undo)),
  leftovers: leftoversAt,
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
