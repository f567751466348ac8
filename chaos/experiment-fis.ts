/** An experiment whose faults go through AWS FIS: what FIS makes of them, where that is seen, and how long it takes. */
import { parseArn } from '../src/config/arn.ts';
import type { Target } from '../src/config/types.ts';
import { minutesFor } from './drivers/fis/templates/duration.ts';
import { compileKind } from './drivers/fis/templates/kinds/index.ts';
import type { ErrorParts } from '../src/errors.ts';
import type { FaultSite } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import { lookoutSites, sitesOf } from './sites.ts';

/**
 * What FIS takes to start an experiment and to roll it back, ms: a fault may be open that much longer, so that it lasts
 * as long as it should from its bite on. On AWS it is minutes at times; the endpoint of a world says 2.5 and 3 s
 * (targets/fis/server.ts).
 */
const SLACK_MS = { aws: 60_000, here: 5_000 };

/** That of a target. */
export const fisSlackMs = ({ world }: Pick<Target, 'world'>): number => (world === null ? SLACK_MS.aws : SLACK_MS.here);

/** What a fault really does, and where that is done or seen. */
export interface FaultPlace {
  params: Record<string, unknown>;
  sites: FaultSite[];
}

/** What is wrong with a fault; where it stands in the file is the caller's to say. */
export type FaultMistake = Omit<ErrorParts, 'where'>;

/** The fault as FIS will do it, with where that is seen; or the mistake. */
export function throughFis(
  fault: Fault<unknown>,
  asked: Record<string, unknown>,
  lastsMs: number,
  target: Target,
): FaultPlace | FaultMistake {
  const { kind } = fault;
  if (target.fis === null) {
    return {
      what: `target ${target.name} does not say which AWS resources may be broken`,
      got: 'no `fis:`',
      next: 'Write the block, as docs/aws.md shows it.',
    };
  }
  const partition = parseArn(target.fis.roleArn)?.partition ?? 'aws';
  const plan = compileKind(kind, asked, target.fis, { partition, minutes: minutesFor(lastsMs) });
  if ('cannot' in plan) return { what: `FIS cannot do this: ${plan.cannot}`, next: plan.instead };
  const { params } = plan;
  const named = fault.regions(params);
  const regions = named === 'all' ? target.regions.map(({ id }) => id) : named;
  const seen = target.world === null ? lookoutSites(target, kind, regions) : fault.select(sitesOf(target), params);
  if (typeof seen !== 'string') return { params, sites: seen };
  return {
    what: 'a fault that nobody sees bite proves nothing',
    got: seen,
    next: `Add \`fis.regions.<id>.probes.${kind}\`: an address that answers 5xx, or nothing, while it bites.`,
  };
}
