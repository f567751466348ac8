/** Client of a world's control API, for faults in processes rather than links. */
import { brokenError } from '../../../src/errors.ts';
import { type FaultId, faultName, type WorldAction } from '../../../src/formats/faults.ts';
import { callControl, isControlError } from '../control-call.ts';

export interface WorldProcess {
  name: string;
  kind: 'api' | 'database' | 'store';
  region: string;
  state: 'running' | 'stopped' | 'frozen' | 'full' | 'paused';
  /** Name of the fault that caused its state, or null. */
  fault: string | null;
}

/** A listing takes milliseconds; restarting a server may take seconds. */
const LIST_MS = 2_000;
const ACT_MS = 5_000;

export interface WorldClient {
  processes(): Promise<WorldProcess[]>;
  /** Resolves when it is done. */
  act(name: string, action: WorldAction, fault: FaultId): Promise<void>;
  /** Undoes the fault in the process; resolves when it serves again. False if there is no such process. */
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
      const text = await callControl('GET', `${control}/processes`, LIST_MS);
      try {
        const { processes } = JSON.parse(text) as { processes: WorldProcess[] };
        if (processes.every(({ name, state }) => typeof name === 'string' && typeof state === 'string'))
          return processes;
      } catch {
        // Reported below.
      }
      throw brokenError({
        what: 'this is not the control API of a world',
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
        if (isControlError(error, 'status', 404)) return false;
        throw error;
      }
    },
  };
}
