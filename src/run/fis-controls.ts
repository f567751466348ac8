/** The FIS of a target: AWS itself, another endpoint, or one that Antipode starts for a world on this machine. */
import { localEndpoint } from '../../chaos/drivers/fis/client/local-endpoint.ts';
import type { FisControls } from '../../chaos/points.ts';
import { probeUrls } from '../../chaos/sites.ts';
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import { FAULT_KINDS } from '../formats/faults.ts';
import type { WorldFile } from '../formats/world-file.ts';

/** The AWS SDKs read this variable, too. */
export const FIS_ENDPOINT_VARIABLE = 'AWS_ENDPOINT_URL_FIS';

/**
 * The controls; null where the target declares no FIS. For a running world `startEndpoint` returns the address of an
 * endpoint of its own unless the variable is set; an endpoint of another world is a usage error (exit 2).
 */
export async function fisControls(
  target: Target,
  world: WorldFile | null,
  showAccounts: boolean,
  startEndpoint: () => Promise<string | null>,
): Promise<FisControls | null> {
  if (target.fis === null) return null;
  const named = target.fis.endpoint ?? process.env[FIS_ENDPOINT_VARIABLE];
  if (target.world === null) {
    const perKind = FAULT_KINDS.map((kind) => probeUrls(target, kind));
    const urls = Object.assign({}, ...perKind) as Record<string, string>;
    return { target: target.fis, endpoint: named ?? null, scale: null, probeUrls: urls, showAccounts };
  }
  const endpoint = named ?? (await startEndpoint());
  if (endpoint === null) return null;
  const { toxiproxy, scale } = await localEndpoint(endpoint);
  if (world && toxiproxy !== world.toxiproxy.url) {
    throw usageError({
      where: FIS_ENDPOINT_VARIABLE,
      what: 'this FIS endpoint belongs to another world than the one under test',
      got: `${endpoint}, whose Toxiproxy is ${toxiproxy}`,
      expected: `an endpoint whose Toxiproxy is ${world.toxiproxy.url}`,
      next: 'Unset the variable: Antipode then starts an endpoint for the world.',
    });
  }
  return { target: target.fis, endpoint, scale, probeUrls: null, showAccounts };
}
