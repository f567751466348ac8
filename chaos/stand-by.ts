/** A keeper that outlives every harness: for where a killed harness takes its own keeper with it, as in a container. */
import { setTimeout as delay } from 'node:timers/promises';
import { leftoversOf } from './leftovers.ts';
import { holdersOf, releaseFor } from './lock.ts';
import type { Controls } from './points.ts';
import { nameOf, stopAll } from './undo.ts';

/** How soon a run that is gone is noticed, and what cannot be undone is tried again. */
const LOOK_EVERY_MS = 500;

/**
 * Undoes, until `signal` aborts, what a run leaves that held this target and has ended, however that was; `say` hears
 * of each such run, and of each new reason why its faults could not be undone. Looking costs one file a control; a
 * target is asked only when a run has ended.
 */
export async function standBy(controls: Controls, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  // Runs, with the failure that was said last of each. A lock that is gone proves nothing: the next harness clears away
  // those of the dead.
  const watched = new Map<string, string>();
  while (!signal.aborted) {
    const { living, gone } = holdersOf(controls);
    for (const runId of [...living, ...gone]) if (!watched.has(runId)) watched.set(runId, '');
    for (const [runId, said] of [...watched].filter(([one]) => !living.has(one))) {
      const failure = await undone(runId, controls, (how) => say(`${runId} has ended: ${how}`)).catch(String);
      if (failure === null) watched.delete(runId);
      else {
        if (failure !== said) say(`${runId} has ended, and what it broke COULD NOT BE UNDONE: ${failure}`);
        watched.set(runId, failure);
      }
    }
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Undoes all faults of a run and gives its lock back, or says why not. */
async function undone(runId: string, controls: Controls, say: (how: string) => void): Promise<string | null> {
  const { left, silent } = await leftoversOf(controls);
  if (silent.length > 0) return silent.join(' ');
  const its = left.filter(({ fault }) => fault.runId === runId);
  await stopAll(its);
  releaseFor(runId, controls);
  say(its.length === 0 ? 'nothing of it was left' : `undone at ${its.map(nameOf).join(', ')}`);
  return null;
}
