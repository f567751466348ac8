/**
 * Removes one fault from one proxy, complete or half injected, and nothing else: toxics by name, a disabled proxy by
 * its marker. Works around a hang of Toxiproxy: if a peer has stopped reading, a toxic cannot be removed and every call
 * about that proxy blocks (reference/toxiproxy-wan.md A8). Where such a peer is visible, connections are closed first;
 * otherwise the proxy is deleted and recreated.
 */
import { brokenError } from '../../../src/errors.ts';
import { faultName, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { isControlError } from '../control-call.ts';
import { type NewProxy, type Proxy, toxiproxyAt, type ToxiproxyClient } from './client.ts';
import { readersOf, unseenWords } from './stalled.ts';
import { isOf } from './toxics.ts';

/** `clean`: there was no fault. `moot`: the proxy or its Toxiproxy no longer exists, nor does the fault. */
export type Reverted = 'undone' | 'clean' | 'moot';

/** A proxy that hangs, with its last known state (null: none). It may be replaced once all others are done. */
export interface Stuck {
  stuck: true;
  seen: Proxy | null;
}

/** Undoes the fault and verifies it. Rejects if the fault is still there, or that is unknown. */
export async function revertProxy(undo: ToxiproxyUndo): Promise<Reverted | Stuck> {
  const server = toxiproxyAt(undo.control);
  let seen: Proxy | null = null;
  try {
    seen = await server.proxy(undo.proxy);
    const finished = await finishReplacement(server, undo, seen);
    if (!seen) return finished ? 'undone' : 'moot';
    const ours = seen.toxics.filter(({ name }) => isOf(undo.fault, name));
    // Without the marker, somebody else disabled the proxy.
    if (ours.length === 0) return finished ? 'undone' : 'clean';
    const mustBeOn = await takeOff(server, undo, seen);
    await verify(server, undo, mustBeOn);
    return 'undone';
  } catch (error) {
    if (isControlError(error, 'not-running')) return 'moot';
    if (isControlError(error, 'timeout')) return { stuck: true, seen };
    throw error;
  }
}

/** Resolves with whether the proxy must be enabled now, because Antipode had disabled it. */
async function takeOff(server: ToxiproxyClient, undo: ToxiproxyUndo, seen: Proxy): Promise<boolean> {
  const marker = faultName(undo.fault);
  const mustClose = seen.enabled && (await readersOf(seen, undo.control)) === 'stalled';
  if (mustClose) {
    await server.createProxy(standInFor(undo, seen));
    await server.setEnabled(undo.proxy, false);
  }
  // Last to first: data held by a toxic still passes those before it, as it would have.
  for (const { name } of seen.toxics.toReversed()) {
    if (name !== marker && isOf(undo.fault, name)) await server.removeToxic(undo.proxy, name);
  }
  const mustBeOn = mustClose || isSwitchedOffByUs(undo, seen);
  if (mustBeOn) await server.setEnabled(undo.proxy, true);
  // Last: after a crash before this line, the marker or the stand-in shows what remains to be undone.
  await server.removeToxic(undo.proxy, marker);
  if (mustClose) await server.deleteProxy(standInOf(undo));
  return mustBeOn;
}

const isSwitchedOffByUs = ({ fault }: ToxiproxyUndo, { enabled, toxics }: Proxy): boolean =>
  !enabled && toxics.some(({ name }) => name === faultName(fault));

async function verify(server: ToxiproxyClient, { fault, proxy, control }: ToxiproxyUndo, on: boolean): Promise<void> {
  const now = await server.proxy(proxy);
  if (!now) return; // deleted meanwhile
  const left = now.toxics.filter(({ name }) => isOf(fault, name)).map(({ name }) => name);
  if (left.length === 0 && (now.enabled || !on)) return;
  throw brokenError({
    what: `the proxy ${proxy} still has the fault ${faultName(fault)}`,
    where: control,
    got: left.length > 0 ? `toxics ${left.join(', ')}` : 'it is disabled',
  });
}

/**
 * Deletes the proxy and recreates it with the toxics of others. Meanwhile a disabled stand-in proxy keeps its
 * addresses, so that it can be recreated after a crash in between. Rejects if the deletion hangs too, as new
 * connections can make it.
 */
export async function replaceProxy(undo: ToxiproxyUndo, seen: Proxy | null): Promise<Reverted> {
  const server = toxiproxyAt(undo.control);
  const { listen, upstream } = seen ?? undo;
  try {
    // If even this times out, the whole server hangs, not just the proxy: then nothing must be deleted.
    await server.createProxy(standInFor(undo, { listen, upstream }));
    await server.deleteProxy(undo.proxy);
  } catch (error) {
    if (isControlError(error, 'not-running')) return 'moot';
    const isUnseen = (await readersOf({ listen, upstream, enabled: true }, undo.control)) === 'unseen';
    throw brokenError({
      what: `the fault ${faultName(undo.fault)} cannot be removed from the proxy ${undo.proxy}: its Toxiproxy does not respond`,
      where: undo.control,
      got: error instanceof Error ? error.message : String(error),
      next: `${isUnseen ? `Note that ${unseenWords(undo.control)}. ` : ''}Restart Toxiproxy and recreate its proxies.`,
      cause: error,
    });
  }
  const others = seen ? seen.toxics.filter(({ name }) => !isOf(undo.fault, name)) : [];
  return await recreate(server, undo, {
    name: undo.proxy,
    listen,
    upstream,
    enabled: !seen || seen.enabled || isSwitchedOffByUs(undo, seen),
    toxics: others,
  });
}

const standInOf = ({ fault, proxy }: ToxiproxyUndo): string => `${faultName(fault)}.${proxy}`;

/** A disabled proxy, not bound to its address, that marks a proxy to be recreated and enabled. */
const standInFor = (undo: ToxiproxyUndo, { listen, upstream }: Pick<Proxy, 'listen' | 'upstream'>): NewProxy => ({
  name: standInOf(undo),
  listen,
  upstream,
  enabled: false,
});

/** Finishes a replacement that a crash cut off; false if there was none. */
async function finishReplacement(server: ToxiproxyClient, undo: ToxiproxyUndo, seen: Proxy | null): Promise<boolean> {
  const standIn = await server.proxy(standInOf(undo));
  if (!standIn) return false;
  // A disabled proxy has no connections and cannot hang, so one that had to be replaced was enabled.
  if (seen) {
    if (!isSwitchedOffByUs(undo, seen)) await server.setEnabled(undo.proxy, true);
    await server.deleteProxy(standIn.name);
  } else await recreate(server, undo, { ...standIn, name: undo.proxy, enabled: true, toxics: [] });
  return true;
}

async function recreate(server: ToxiproxyClient, undo: ToxiproxyUndo, proxy: Proxy): Promise<Reverted> {
  // Disabled until its toxics are there: it would let everything pass without them.
  await server.createProxy({ ...proxy, enabled: false });
  for (const toxic of proxy.toxics) await server.addToxic(proxy.name, toxic);
  if (proxy.enabled) await server.setEnabled(proxy.name, true);
  await verify(server, undo, proxy.enabled);
  await server.deleteProxy(standInOf(undo));
  return 'undone';
}
