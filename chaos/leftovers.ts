import type { FaultPoint, Undo } from '../src/formats/faults.ts';
import { parseArn } from '../src/config/arn.ts';
import { awsRegionOf } from '../src/config/fis-target.ts';
import { brokenError } from '../src/errors.ts';
import type { Fis } from './drivers/fis/client/client.ts';
import { listProxies } from './drivers/toxiproxy/client.ts';
import { worldAt } from './drivers/world/client.ts';
import type { Controls, FisControls } from './points.ts';
import { leftoversAt } from './undo.ts';

/** What was found, and which controls could not be asked: not to see anything is not to see nothing. */
export interface Leftovers {
  left: Undo[];
  silent: string[];
}

/**
 * Every fault of ours, of whatever run, that a target's controls show by name or tag: what `heal` needs no journal for.
 */
export async function leftoversOf({ world, toxiproxies, fis }: Controls): Promise<Leftovers> {
  const own = async (): Promise<Undo[]> => {
    const points = [...toxiproxies.map(proxiesOf), ...(world ? [processesOf(world.control.url)] : [])];
    return leftoversAt((await Promise.all(points)).flat());
  };
  const found = await Promise.allSettled([own(), ...(fis ? regionsAsked(fis) : [])]);
  return {
    left: found.flatMap((one) => (one.status === 'fulfilled' ? one.value : [])),
    silent: found.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : [])),
  };
}

const regionsAsked = (fis: FisControls): Promise<Undo[]>[] =>
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

/** Who asks with the credentials of another account is shown that there is nothing, whatever goes on in this one. */
async function refuseOtherAccount(fis: Fis, roleArn: string): Promise<void> {
  // Not everyone may look at the lever; then nobody knows whose account it is.
  const lever = await fis.lever().catch(() => null);
  const [asked, ours] = [lever?.arn ?? '', roleArn].map((arn) => parseArn(arn)?.account);
  if (asked === undefined || ours === undefined || asked === ours) return;
  throw brokenError({
    where: `FIS in ${fis.region}`,
    what: 'these credentials are of another account than the role of the target',
    next: 'Log in to the account of `fis.roleArn` in target.yaml, and run `npm run heal` again.',
  });
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
