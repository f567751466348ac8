/**
 * Takes one fault off one proxy, whatever of it is there, and nothing else: toxics by name, the switch by its marker.
 * Knows Toxiproxy's wedge: a link whose reader has stopped never lets go of a toxic, and whoever asks about that proxy
 * waits with it (reference/toxiproxy-wan.md A8). Where such a reader is seen, connections are closed first; where one
 * was not seen, the proxy is deleted and made again.
 */
import { brokenError } from '../../../src/errors.ts';
import { faultName, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { isControlError } from '../control-call.ts';
import { type NewProxy, type Proxy, toxiproxyAt, type ToxiproxyClient } from './client.ts';
import { readersOf, unseenWords } from './stalled.ts';
import { isOf } from './toxics.ts';

/** `clean`: nothing of the fault was there. `moot`: the proxy is gone, or its Toxiproxy, and the fault with it. */
export type Reverted = 'undone' | 'clean' | 'moot';

/**
 * A proxy that does not answer, as it was when it last did (null: never). It may be replaced once all others are done.
 */
export interface Stuck {
  stuck: true;
  seen: Proxy | null;
}

/** Undoes and proves it by looking again. Rejects if the fault is still there, or nobody can tell. */
export async function revertProxy(undo: ToxiproxyUndo): Promise<Reverted | Stuck> {
  const server = toxiproxyAt(undo.control);
  let seen: Proxy | null = null;
  try {
    seen = await server.proxy(undo.proxy);
    const finished = await finishReplacement(server, undo, seen);
    if (!seen) return finished ? 'undone' : 'moot';
    const ours = seen.toxics.filter(({ name }) => isOf(undo.fault, name));
    // Without our marker a disabled proxy is none of our doing.
    if (ours.length === 0) return finished ? 'undone' : 'clean';
    const mustBeOn = await takeOff(server, undo, seen);
    await verify(server, undo, mustBeOn);
    return 'undone';
  } catch (error) {
    if (isControlError(error, 'gone')) return 'moot';
    if (isControlError(error, 'timeout')) return { stuck: true, seen };
    throw error;
  }
}

/** Resolves with whether the proxy must be enabled now, because it was disabled by us. */
async function takeOff(server: ToxiproxyClient, undo: ToxiproxyUndo, seen: Proxy): Promise<boolean> {
  const marker = faultName(undo.fault);
  const mustClose = seen.enabled && (await readersOf(seen, undo.control)) === 'stalled';
  if (mustClose) {
    await server.createProxy(standInFor(undo, seen));
    await server.setEnabled(undo.proxy, false);
  }
  // The last one first: what it held passes those that are still there, as it would have.
  for (const { name } of seen.toxics.toReversed()) {
    if (name !== marker && isOf(undo.fault, name)) await server.removeToxic(undo.proxy, name);
  }
  const mustBeOn = mustClose || isSwitchedOffByUs(undo, seen);
  if (mustBeOn) await server.setEnabled(undo.proxy, true);
  // Only now: had we ended before, the marker, or the stand-in, would have led the next one here.
  await server.removeToxic(undo.proxy, marker);
  if (mustClose) await server.deleteProxy(standInOf(undo));
  return mustBeOn;
}

const isSwitchedOffByUs = ({ fault }: ToxiproxyUndo, { enabled, toxics }: Proxy): boolean =>
  !enabled && toxics.some(({ name }) => name === faultName(fault));

async function verify(server: ToxiproxyClient, { fault, proxy, control }: ToxiproxyUndo, on: boolean): Promise<void> {
  const now = await server.proxy(proxy);
  if (!now) return; // somebody has deleted it meanwhile
  const left = now.toxics.filter(({ name }) => isOf(fault, name)).map(({ name }) => name);
  if (left.length === 0 && (now.enabled || !on)) return;
  throw brokenError({
    what: `the proxy ${proxy} still suffers from ${faultName(fault)}`,
    where: control,
    got: left.length > 0 ? `toxics ${left.join(', ')}` : 'it is disabled',
  });
}

/**
 * Deletes the proxy and makes it again, with the toxics of others that it had. While it is away a disabled proxy of our
 * name stands in with its addresses, so that it is made again even if we end in between. Rejects where the wedge is
 * past that: connections that came in since keep the deletion, too.
 */
export async function replaceProxy(undo: ToxiproxyUndo, seen: Proxy | null): Promise<Reverted> {
  const server = toxiproxyAt(undo.control);
  const { listen, upstream } = seen ?? undo;
  try {
    // A server that does not even answer this is not wedged but hangs: then nothing must be deleted.
    await server.createProxy(standInFor(undo, { listen, upstream }));
    await server.deleteProxy(undo.proxy);
  } catch (error) {
    if (isControlError(error, 'gone')) return 'moot';
    const isUnseen = (await readersOf({ listen, upstream, enabled: true }, undo.control)) === 'unseen';
    throw brokenError({
      what: `the proxy ${undo.proxy} cannot be freed of ${faultName(undo.fault)}: its Toxiproxy does not answer`,
      where: undo.control,
      got: error instanceof Error ? error.message : String(error),
      next: `${isUnseen ? `Note that ${unseenWords(undo.control)}. ` : ''}Restart Toxiproxy and create its proxies anew.`,
      cause: error,
    });
  }
  const others = seen ? seen.toxics.filter(({ name }) => !isOf(undo.fault, name)) : [];
  return await makeAgain(server, undo, {
    name: undo.proxy,
    listen,
    upstream,
    enabled: !seen || seen.enabled || isSwitchedOffByUs(undo, seen),
    toxics: others,
  });
}

const standInOf = ({ fault, proxy }: ToxiproxyUndo): string => `${faultName(fault)}.${proxy}`;

/** A disabled proxy, bound to nothing, that says: whoever finds this, the proxy must be there again, and enabled. */
const standInFor = (undo: ToxiproxyUndo, { listen, upstream }: Pick<Proxy, 'listen' | 'upstream'>): NewProxy => ({
  name: standInOf(undo),
  listen,
  upstream,
  enabled: false,
});

/** Whether somebody of ours had ended in the middle of a replacement; then it is finished. */
async function finishReplacement(server: ToxiproxyClient, undo: ToxiproxyUndo, seen: Proxy | null): Promise<boolean> {
  const standIn = await server.proxy(standInOf(undo));
  if (!standIn) return false;
  // A disabled proxy has no links to be stuck in, so one that had to be replaced was enabled.
  if (seen) {
    if (!isSwitchedOffByUs(undo, seen)) await server.setEnabled(undo.proxy, true);
    await server.deleteProxy(standIn.name);
  } else await makeAgain(server, undo, { ...standIn, name: undo.proxy, enabled: true, toxics: [] });
  return true;
}

async function makeAgain(server: ToxiproxyClient, undo: ToxiproxyUndo, proxy: Proxy): Promise<Reverted> {
  // Not at once: between its start and its toxics it would let everything pass.
  await server.createProxy({ ...proxy, enabled: false });
  for (const toxic of proxy.toxics) await server.addToxic(proxy.name, toxic);
  if (proxy.enabled) await server.setEnabled(proxy.name, true);
  await verify(server, undo, proxy.enabled);
  await server.deleteProxy(standInOf(undo));
  return 'undone';
}
