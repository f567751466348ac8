/** A keeper that outlives every harness: for containers, where a killed harness takes its own keeper with it. */
import { setTimeout as delay } from 'node:timers/promises';
import { leftoversOf } from './leftovers.ts';
import { holdersOf, releaseFor } from './lock.ts';
import type { Controls } from './points.ts';
import { nameOf, stopAll } from './undo.ts';

/** How often locks are checked, and failed undos retried. */
const CHECK_EVERY_MS = 500;

/**
 * Until `signal` aborts, undoes the faults of every run that held this target and has ended in any way. `log` gets a
 * line for each such run, and for each new reason why its faults could not be undone. A check reads one file per
 * control; requests go to the target only when a run has ended.
 */
export async function standBy(controls: Controls, log: (line: string) => void, signal: AbortSignal): Promise<void> {
  // Runs, with the last failure logged for each. A missing lock proves nothing: the next harness removes those of dead
  // processes.
  const watched = new Map<string, string>();
  while (!signal.aborted) {
    const { living, gone } = holdersOf(controls);
    for (const runId of [...living, ...gone]) if (!watched.has(runId)) watched.set(runId, '');
    for (const [runId, logged] of [...watched].filter(([one]) => !living.has(one))) {
      const failure = await undoRun(runId, controls, (how) => log(`${runId} has ended: ${how}`)).catch(String);
      if (failure === null) watched.delete(runId);
      else {
        if (failure !== logged) log(`${runId} has ended, and its faults COULD NOT BE UNDONE: ${failure}`);
        watched.set(runId, failure);
      }
    }
    await delay(CHECK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Undoes all faults of a run and releases its locks; null, or why that failed. */
async function undoRun(runId: string, controls: Controls, log: (how: string) => void): Promise<string | null> {
  const { left, unreachable } = await leftoversOf(controls);
  if (unreachable.length > 0) return unreachable.join(' ');
  const its = left.filter(({ fault }) => fault.runId === runId);
  await stopAll(its);
  releaseFor(runId, controls);
  log(its.length === 0 ? 'no fault was left open' : `faults undone at ${its.map(nameOf).join(', ')}`);
  return null;
}
