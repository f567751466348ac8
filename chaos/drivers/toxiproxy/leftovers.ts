/** Finds Antipode's faults at proxies by name alone: without journal or keeper, also those of other machines' runs. */
import { type FaultPoint, faultName, parseFaultName, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { isControlError } from '../control-call.ts';
import { type Proxy, toxiproxyAt } from './client.ts';

/**
 * Antipode's faults on these proxies. None for a Toxiproxy that is not running: its faults ended with it. Rejects if
 * one does not respond, since its faults are then unknown.
 */
export async function leftoversInProxies(points: FaultPoint[]): Promise<ToxiproxyUndo[]> {
  const controls = [...new Set(points.map(({ control }) => control))];
  const found = await Promise.all(
    controls.map(async (control) => {
      const names = new Set(points.filter((point) => point.control === control).map(({ name }) => name));
      const proxies = await proxiesAt(control, names);
      return proxies.flatMap((proxy) => standInFor(control, proxy, names) ?? faultsOn(control, proxy, names));
    }),
  );
  return found.flat();
}

async function proxiesAt(control: string, names: Set<string>): Promise<Proxy[]> {
  const server = toxiproxyAt(control);
  try {
    return await server.proxies();
  } catch (error) {
    if (isControlError(error, 'not-running')) return [];
    if (!isControlError(error, 'timeout')) throw error;
    // One hanging proxy blocks the whole list, possibly one that we do not need.
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

/** The stand-in of a proxy whose replacement was cut off (revert.ts): its name is the fault's and the proxy's. */
function standInFor(control: string, { name, listen, upstream }: Proxy, names: Set<string>): ToxiproxyUndo[] | null {
  const fault = parseFaultName(name);
  if (!fault) return null;
  const proxy = name.slice(faultName(fault).length + 1);
  // A caller that lists all existing proxies names the stand-in, not the proxy that is missing.
  if (!names.has(proxy) && !names.has(name)) return [];
  return [{ driver: 'toxiproxy', fault, control, proxy, listen, upstream, toxics: [], switch: 'none' }];
}
