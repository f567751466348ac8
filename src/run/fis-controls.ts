/** Where the FIS of a target is: AWS itself, an endpoint in its place, or the one beside a world on this machine. */
import { localEndpoint } from '../../chaos/drivers/fis/client/local-endpoint.ts';
import type { FisControls } from '../../chaos/points.ts';
import { lookoutsOf } from '../../chaos/sites.ts';
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import { FAULT_KINDS } from '../formats/faults.ts';
import type { WorldFile } from '../formats/world-file.ts';

/** The variable that the SDKs of AWS read, too. */
export const FIS_ENDPOINT_VARIABLE = 'AWS_ENDPOINT_URL_FIS';

/**
 * The controls, or null where nobody has said what may be broken. Of a world that is up `beside` gives the address of
 * an endpoint of its own, where the variable names none; an endpoint of another world is a usage error (exit 2).
 */
export async function fisControls(
  target: Target,
  world: WorldFile | null,
  showAccounts: boolean,
  beside: () => Promise<string | null>,
): Promise<FisControls | null> {
  if (target.fis === null) return null;
  const named = target.fis.endpoint ?? process.env[FIS_ENDPOINT_VARIABLE];
  if (target.world === null) {
    const looks = Object.assign({}, ...FAULT_KINDS.map((kind) => lookoutsOf(target, kind))) as Record<string, string>;
    return { target: target.fis, endpoint: named ?? null, scale: null, looks, showAccounts };
  }
  const endpoint = named ?? (await beside());
  if (endpoint === null) return null;
  const { toxiproxy, scale } = await localEndpoint(endpoint);
  if (world && toxiproxy !== world.toxiproxy.url) {
    throw usageError({
      where: FIS_ENDPOINT_VARIABLE,
      what: 'this FIS endpoint breaks another world than the one that is tested',
      got: `${endpoint}, beside the Toxiproxy ${toxiproxy}`,
      expected: `one beside ${world.toxiproxy.url}`,
      next: 'Leave the variable out: an endpoint is then started beside the world.',
    });
  }
  return { target: target.fis, endpoint, scale, looks: null, showAccounts };
}
