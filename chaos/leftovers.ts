import type { FaultPoint, Undo } from '../src/formats/faults.ts';
import { awsRegionOf } from '../src/config/fis-target.ts';
import { listProxies } from './drivers/toxiproxy/client.ts';
import { worldAt } from './drivers/world/client.ts';
import type { Controls, FisControls } from './points.ts';
import { leftoversAt } from './undo.ts';

/** Every fault of ours, of whatever run, that a target's controls show by name or tag: what `heal` needs no journal for. */
export async function leftoversOf({ world, toxiproxies, fis }: Controls): Promise<Undo[]> {
  const points = await Promise.all([...toxiproxies.map(proxiesOf), ...(world ? [processesOf(world.control.url)] : [])]);
  const found = await Promise.all([leftoversAt(points.flat()), fis ? experimentsOf(fis) : []]);
  return found.flat();
}

async function experimentsOf({ target, endpoint, showAccounts }: FisControls): Promise<Undo[]> {
  const [{ fisPool }, { leftoversInFis }] = await Promise.all([
    import('./drivers/fis/client.ts'),
    import('./drivers/fis/stop.ts'),
  ]);
  const pool = fisPool({ endpoint, showAccounts });
  try {
    const regions = Object.keys(target.regions).map((id) => awsRegionOf(target, id));
    return await leftoversInFis(pool, regions, target.owner, endpoint);
  } finally {
    pool.close();
  }
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
