import type { FaultPoint, Undo } from '../src/formats/faults.ts';
import { parseArn } from '../src/config/arn.ts';
import { awsRegionOf } from '../src/config/fis-target.ts';
import { brokenError } from '../src/errors.ts';
import type { Fis } from './drivers/fis/client/client.ts';
import { listProxies } from './drivers/toxiproxy/client.ts';
import { worldAt } from './drivers/world/client.ts';
import type { Controls, FisControls } from './points.ts';
import { leftoversAt } from './undo.ts';

/** `unreachable`: a message for every control that could not be searched, so that "none found" proves nothing there. */
export interface Leftovers {
  left: Undo[];
  unreachable: string[];
}

/**
 * Every fault of any Antipode run that the target's controls show by name or tag. `heal` needs no journal for these.
 */
export async function leftoversOf({ world, toxiproxies, fis }: Controls): Promise<Leftovers> {
  const own = async (): Promise<Undo[]> => {
    const points = [...toxiproxies.map(proxiesOf), ...(world ? [processesOf(world.control.url)] : [])];
    return leftoversAt((await Promise.all(points)).flat());
  };
  const found = await Promise.allSettled([own(), ...(fis ? inAllRegions(fis) : [])]);
  return {
    left: found.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
    unreachable: found.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : [])),
  };
}

const inAllRegions = (fis: FisControls): Promise<Undo[]>[] =>
  Object.keys(fis.target.regions).map((id) => experimentsIn(awsRegionOf(fis.target, id), fis));

async function experimentsIn(region: string, { target, endpoint, showAccounts }: FisControls): Promise<Undo[]> {
  const [{ fisPool }, { leftoversInFis }] = await Promise.all([
    import('./drivers/fis/client/client.ts'),
    import('./drivers/fis/life/stop.ts'),
  ]);
  const pool = fisPool({ endpoint, showAccounts });
  try {
    await refuseOtherAccount(pool.in(region), target.roleArn);
    return await leftoversInFis(pool, [region], target.owner, endpoint);
  } finally {
    pool.close();
  }
}

/** With credentials of another account every listing is empty, whatever runs in the target's account. */
async function refuseOtherAccount(fis: Fis, roleArn: string): Promise<void> {
  // Without permission to read the lever the account is unknown.
  const lever = await fis.lever().catch(() => null);
  const [actual, expected] = [lever?.arn ?? '', roleArn].map((arn) => parseArn(arn)?.account);
  if (actual === undefined || expected === undefined || actual === expected) return;
  throw brokenError({
    where: `FIS in ${fis.region}`,
    what: "these credentials belong to another account than the target's role",
    next: 'Log in to the account of `fis.roleArn` in target.yaml, and run `npm run heal` again.',
  });
}

// Only name and control of a point matter here: it is not probed.
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
