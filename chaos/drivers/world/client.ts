/** The control of a world: what no proxy can do to a process. */
import { brokenError } from '../../../src/errors.ts';
import { type FaultId, faultName, type WorldAction } from '../../../src/formats/faults.ts';
import { callControl, isControlError } from '../control-call.ts';

export interface WorldProcess {
  name: string;
  kind: 'api' | 'database' | 'store';
  region: string;
  state: 'running' | 'stopped' | 'frozen' | 'paused';
  /** Name of the fault that made it so, or null. */
  fault: string | null;
}

/** A look takes milliseconds; starting a server again may take seconds. */
const LOOK_MS = 2_000;
const ACT_MS = 5_000;

export interface WorldClient {
  processes(): Promise<WorldProcess[]>;
  /** Resolves when it is done. */
  act(name: string, action: WorldAction, fault: FaultId): Promise<void>;
  /** Undoes whatever was done to the process, and resolves when it serves again. False if there is no such process. */
  restore(name: string, fault: FaultId): Promise<boolean>;
}

/**
 * A client of the world whose control has this base URL. Every call rejects with a ControlError, at the latest at its
 * deadline.
 */
export function worldAt(control: string): WorldClient {
  const post = (name: string, what: string, fault: FaultId): Promise<string> =>
    callControl('POST', `${control}/processes/${encodeURIComponent(name)}/${what}`, ACT_MS, {
      fault: faultName(fault),
    });
  return {
    async processes() {
      const text = await callControl('GET', `${control}/processes`, LOOK_MS);
      try {
        const { processes } = JSON.parse(text) as { processes: WorldProcess[] };
        if (processes.every(({ name, state }) => typeof name === 'string' && typeof state === 'string'))
          return processes;
      } catch {
        // Said below.
      }
      throw brokenError({
        what: 'this is no control of a world',
        where: control,
        got: text.slice(0, 100),
        expected: '{"processes":[…]}',
      });
    },
    async act(name, action, fault) {
      await post(name, action, fault);
    },
    async restore(name, fault) {
      try {
        await post(name, 'restore', fault);
        return true;
      } catch (error) {
        if (isControlError(error, 'answer', 404)) return false;
        throw error;
      }
    },
  };
}
