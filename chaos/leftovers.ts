import type { FaultPoint, Undo } from '../src/formats/faults.ts';
import type { WorldFile } from '../src/formats/world-file.ts';
import { listProxies } from './drivers/toxiproxy/client.ts';
import { worldAt } from './drivers/world/client.ts';
import { leftoversAt } from './undo.ts';

/** Every fault of ours, of whatever run, that a target's controls show by name: what `heal` needs no journal for. */
export async function leftoversOf(world: WorldFile | null, toxiproxies: string[]): Promise<Undo[]> {
  const controls = world ? [world.toxiproxy.url] : toxiproxies;
  const points = await Promise.all([...controls.map(proxiesOf), ...(world ? [processesOf(world.control.url)] : [])]);
  return leftoversAt(points.flat());
}

// Only the name and the control of a point matter here: nothing is probed.
const point = (driver: FaultPoint['driver'], control: string, name: string): FaultPoint => ({
  driver,
  name,
  kind: driver === 'world' ? 'api' : 'ingress',
  region: '',
  to: null,
  control,
  probe: { protocol: 'http', url: control },
});

const proxiesOf = async (control: string): Promise<FaultPoint[]> =>
  (await listProxies(control)).map(({ name }) => point('toxiproxy', control, name));

const processesOf = async (control: string): Promise<FaultPoint[]> =>
  (await worldAt(control).processes()).map(({ name }) => point('world', control, name));
