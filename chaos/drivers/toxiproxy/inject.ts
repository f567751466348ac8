/**
 * Breaks one link as its undo data says. Half of it may have been done when this rejects; revert.ts undoes halves too.
 */
import { brokenError } from '../../../src/errors.ts';
import type { ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { toxiproxyAt } from './client.ts';
import { isControlError } from '../control-call.ts';
import { readersOf, unseenWords } from './stalled.ts';
import { markerOf } from './toxics.ts';

/**
 * Adds the toxics, then disables the proxy or bounces it. `signal` is heeded between calls, never in one: what is under
 * way on the server cannot be called back.
 */
export async function injectIntoProxy(undo: ToxiproxyUndo, signal: AbortSignal): Promise<void> {
  const { control, proxy: name } = undo;
  const server = toxiproxyAt(control);
  const proxy = await server.proxy(name);
  if (!proxy?.enabled) {
    throw brokenError({ what: `the proxy ${name} is ${proxy ? 'disabled' : 'not there'} already`, where: control });
  }
  const readers = await readersOf(proxy, control);
  if (readers === 'stalled') {
    throw brokenError({
      what: `somebody on the proxy ${name} has stopped reading: a toxic would wedge it`,
      where: control,
      next: 'Look who does not take what it asked for.',
    });
  }
  // Latency first: behind a shaper it would count the shaper's time as its own (reference/toxiproxy-wan.md A3).
  const toxics = undo.toxics.toSorted((a, b) => Number(b.type === 'latency') - Number(a.type === 'latency'));
  // Whoever finds the proxy disabled must find why: the marker goes before everything else and is removed last.
  if (undo.switch !== 'none') toxics.unshift(markerOf(undo.fault));
  for (const toxic of toxics) {
    signal.throwIfAborted();
    await server.addToxic(name, toxic).catch((error: unknown) => {
      if (readers === 'unseen' && isControlError(error, 'timeout')) throw wedged(undo, error);
      throw error;
    });
  }
  if (undo.switch === 'none') return;
  signal.throwIfAborted();
  await server.setEnabled(name, false);
  if (undo.switch === 'bounce') await server.setEnabled(name, true);
}

const wedged = ({ proxy, control }: ToxiproxyUndo, cause: Error): Error =>
  brokenError({
    what: `the proxy ${proxy} takes no toxic`,
    where: control,
    got: cause.message,
    expected: `an answer; ${unseenWords(control)}`,
    next: 'Look there who does not take what it asked for; if it stays like this, restart Toxiproxy.',
    cause,
  });
