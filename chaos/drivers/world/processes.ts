/** Faults in the processes of a world: done, undone, and found by name. */
import { brokenError } from '../../../src/errors.ts';
import {
  type FaultId,
  faultName,
  type FaultPoint,
  parseFaultName,
  type WorldAction,
  type WorldUndo,
} from '../../../src/formats/faults.ts';
import { isControlError } from '../control-call.ts';
import { type WorldProcess, worldAt } from './client.ts';

/** What will be done to these processes, as plain data. */
export const prepareProcesses = (points: FaultPoint[], fault: FaultId, action: WorldAction): WorldUndo[] =>
  points.map(({ control, name }) => ({ driver: 'world', fault, control, name, action }));

export async function injectIntoProcess(
  { control, name, action, fault }: WorldUndo,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await worldAt(control).act(name, action, fault);
}

/**
 * Undoes it and proves it by looking again. `moot`: process or world are gone, and the fault with them. What another
 * fault has done to the process stays.
 */
export async function revertProcess({ control, name, fault }: WorldUndo): Promise<'undone' | 'clean' | 'moot'> {
  const world = worldAt(control);
  const find = async (): Promise<WorldProcess | undefined> =>
    (await world.processes()).find((process) => process.name === name);
  try {
    const before = await find();
    if (!before) return 'moot';
    if (before.fault !== null && before.fault !== faultName(fault)) return 'clean';
    // Also when it bears no name: a call of ours may still be under way, and this one comes after it.
    if (!(await world.restore(name, fault))) return 'moot';
    const after = await find();
    if (after?.fault !== faultName(fault)) return before.fault === null ? 'clean' : 'undone';
    throw brokenError({
      what: `the process ${name} still suffers from ${after.fault}`,
      where: control,
      got: after.state,
      expected: 'running',
    });
  } catch (error) {
    if (isControlError(error, 'gone')) return 'moot';
    throw error;
  }
}

/** What faults of ours these processes bear; empty for a world that is gone. Rejects if one does not answer. */
export async function leftoversInProcesses(points: FaultPoint[]): Promise<WorldUndo[]> {
  const controls = [...new Set(points.map(({ control }) => control))];
  const found = await Promise.all(
    controls.map(async (control): Promise<WorldUndo[]> => {
      const names = new Set(points.filter((point) => point.control === control).map(({ name }) => name));
      const processes = await worldAt(control)
        .processes()
        .catch((error: unknown) => {
          if (isControlError(error, 'gone')) return [];
          throw error;
        });
      return processes.flatMap(({ name, state, fault: bears }): WorldUndo[] => {
        const fault = bears === null || !names.has(name) ? null : parseFaultName(bears);
        return fault ? [{ driver: 'world', fault, control, name, action: ACTION_OF[state] }] : [];
      });
    }),
  );
  return found.flat();
}

/** A store that was emptied runs. */
const ACTION_OF: Record<WorldProcess['state'], WorldAction> = {
  running: 'empty',
  stopped: 'stop',
  frozen: 'freeze',
  paused: 'pause',
};
