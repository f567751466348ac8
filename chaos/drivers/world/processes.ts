/** Faults in the processes of a world: injected, undone, and found by name. */
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

/** The undo data of a fault in these processes. */
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
 * Undoes the fault and verifies it. `moot`: the process or its world no longer exists, nor does the fault. The effect
 * of another fault stays.
 */
export async function revertProcess({ control, name, fault }: WorldUndo): Promise<'undone' | 'clean' | 'moot'> {
  const world = worldAt(control);
  const find = async (): Promise<WorldProcess | undefined> =>
    (await world.processes()).find((process) => process.name === name);
  try {
    const before = await find();
    if (!before) return 'moot';
    if (before.fault !== null && before.fault !== faultName(fault)) return 'clean';
    // Also without a fault's name: a start may still be in progress, and this call is queued after it.
    if (!(await world.restore(name, fault))) return 'moot';
    const after = await find();
    if (after?.fault !== faultName(fault)) return before.fault === null ? 'clean' : 'undone';
    throw brokenError({
      what: `the process ${name} still has the fault ${after.fault}`,
      where: control,
      got: after.state,
      expected: 'running',
    });
  } catch (error) {
    if (isControlError(error, 'not-running')) return 'moot';
    throw error;
  }
}

/** Antipode's faults in these processes; none for a world that is not running. Rejects if one does not respond. */
export async function leftoversInProcesses(points: FaultPoint[]): Promise<WorldUndo[]> {
  const controls = [...new Set(points.map(({ control }) => control))];
  const found = await Promise.all(
    controls.map(async (control): Promise<WorldUndo[]> => {
      const names = new Set(points.filter((point) => point.control === control).map(({ name }) => name));
      const processes = await worldAt(control)
        .processes()
        .catch((error: unknown) => {
          if (isControlError(error, 'not-running')) return [];
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

/** A running process with a fault is a store that was emptied. */
const ACTION_OF: Record<WorldProcess['state'], WorldAction> = {
  running: 'empty',
  stopped: 'stop',
  frozen: 'freeze',
  full: 'fill',
  paused: 'pause',
};
