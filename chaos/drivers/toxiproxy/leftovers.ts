/**
 * Faults of ours that are found at proxies by name alone: no journal, no keeper, perhaps not even this machine's run.
 */
import { type FaultPoint, faultName, parseFaultName, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { isControlError } from '../control-call.ts';
import { type Proxy, toxiproxyAt } from './client.ts';

/**
 * What faults of ours these proxies bear. Empty for a Toxiproxy that is gone: its faults are gone with it. Rejects if
 * one does not answer: not to see anything is not to see nothing.
 */
export async function leftoversInProxies(points: FaultPoint[]): Promise<ToxiproxyUndo[]> {
  const controls = [...new Set(points.map(({ control }) => control))];
  const found = await Promise.all(
    controls.map(async (control) => {
      const names = new Set(points.filter((point) => point.control === control).map(({ name }) => name));
      const proxies = await look(control, names);
      return proxies.flatMap((proxy) => standInFor(control, proxy, names) ?? faultsOn(control, proxy, names));
    }),
  );
  return found.flat();
}

async function look(control: string, names: Set<string>): Promise<Proxy[]> {
  const server = toxiproxyAt(control);
  try {
    return await server.proxies();
  } catch (error) {
    if (isControlError(error, 'gone')) return [];
    if (!isControlError(error, 'timeout')) throw error;
    // One wedged proxy keeps the whole list back, perhaps one that is no concern of ours.
    const each = await Promise.all([...names].map((name) => server.proxy(name)));
    return each.filter((proxy) => proxy !== null);
  }
}

function faultsOn(
  control: string,
  { name: proxy, listen, upstream, toxics }: Proxy,
  names: Set<string>,
): ToxiproxyUndo[] {
  if (!names.has(proxy)) return [];
  const byFault = new Map<string, ToxiproxyUndo>();
  for (const toxic of toxics) {
    const fault = parseFaultName(toxic.name);
    if (!fault) continue;
    const key = faultName(fault);
    const undo: ToxiproxyUndo = byFault.get(key) ?? {
      driver: 'toxiproxy',
      fault,
      control,
      proxy,
      listen,
      upstream,
      toxics: [],
      switch: 'none',
    };
    byFault.set(key, undo);
    if (toxic.name === key) undo.switch = 'disable';
    else undo.toxics.push(toxic);
  }
  return [...byFault.values()];
}

/** A proxy that was being replaced when whoever did it ended (revert.ts): its stand-in bears our name and its own. */
function standInFor(control: string, { name, listen, upstream }: Proxy, names: Set<string>): ToxiproxyUndo[] | null {
  const fault = parseFaultName(name);
  if (!fault) return null;
  const proxy = name.slice(faultName(fault).length + 1);
  // Whoever lists every proxy there is asks for the stand-in itself, and cannot know of what is away.
  if (!names.has(proxy) && !names.has(name)) return [];
  return [{ driver: 'toxiproxy', fault, control, proxy, listen, upstream, toxics: [], switch: 'none' }];
}
