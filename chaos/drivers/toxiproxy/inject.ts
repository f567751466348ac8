/**
 * Injects into one link what its undo data says. If it rejects, the fault may be half injected; revert.ts undoes that
 * too.
 */
import { brokenError } from '../../../src/errors.ts';
import type { ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { toxiproxyAt } from './client.ts';
import { isControlError } from '../control-call.ts';
import { readersOf, unseenWords } from './stalled.ts';
import { markerOf } from './toxics.ts';

/**
 * Adds the toxics, then disables or bounces the proxy. `signal` is checked between calls, never within one: a call that
 * the server is carrying out cannot be cancelled.
 */
export async function injectIntoProxy(undo: ToxiproxyUndo, signal: AbortSignal): Promise<void> {
  const { control, proxy: name } = undo;
  const server = toxiproxyAt(control);
  const proxy = await server.proxy(name);
  if (!proxy?.enabled) {
    throw brokenError({
      what: proxy ? `the proxy ${name} is already disabled` : `the proxy ${name} does not exist`,
      where: control,
    });
  }
  const readers = await readersOf(proxy, control);
  if (readers === 'stalled') {
    throw brokenError({
      what: `a peer of the proxy ${name} has stopped reading: a toxic would make the proxy hang`,
      where: control,
      next: 'Find the client that does not read its responses.',
    });
  }
  // Latency first: after a bandwidth toxic it would include that toxic's time (reference/toxiproxy-wan.md A3).
  const toxics = undo.toxics.toSorted((a, b) => Number(b.type === 'latency') - Number(a.type === 'latency'));
  // The marker explains a disabled proxy to whoever finds it, so it is added first and removed last.
  if (undo.switch !== 'none') toxics.unshift(markerOf(undo.fault));
  for (const toxic of toxics) {
    signal.throwIfAborted();
    await server.addToxic(name, toxic).catch((error: unknown) => {
      if (readers === 'unseen' && isControlError(error, 'timeout')) throw hangError(undo, error);
      throw error;
    });
  }
  if (undo.switch === 'none') return;
  signal.throwIfAborted();
  await server.setEnabled(name, false);
  if (undo.switch === 'bounce') await server.setEnabled(name, true);
}

const hangError = ({ proxy, control }: ToxiproxyUndo, cause: Error): Error =>
  brokenError({
    what: `no toxic can be added to the proxy ${proxy}`,
    where: control,
    got: cause.message,
    expected: `a response; ${unseenWords(control)}`,
    next: 'Find the client there that does not read its responses; if the error persists, restart Toxiproxy.',
    cause,
  });
