/** Faults that go through AWS FIS: what FIS really does, where probes observe it, and how much longer it takes. */
import { parseArn } from '../src/config/arn.ts';
import type { Target } from '../src/config/types.ts';
import { minutesFor } from './drivers/fis/templates/duration.ts';
import { compileKind } from './drivers/fis/templates/kinds/index.ts';
import type { ErrorParts } from '../src/errors.ts';
import type { FaultSite } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import { probeUrlSites, sitesOf } from './sites.ts';

/**
 * Time FIS needs to start an experiment and to roll it back, ms: a fault stays open that much longer, so that it lasts
 * as long as planned once it is in effect. On AWS it can take minutes; the endpoint of a world takes 2.5 and 3 s
 * (targets/fis/server.ts).
 */
const SLACK_MS = { aws: 60_000, here: 5_000 };

export const fisSlackMs = ({ world }: Pick<Target, 'world'>): number => (world === null ? SLACK_MS.aws : SLACK_MS.here);

/** What a fault really does, and where it is injected or observed. */
export interface FaultPlace {
  params: Record<string, unknown>;
  sites: FaultSite[];
}

/** What is wrong with a fault; the caller adds its place in the file. */
export type FaultMistake = Omit<ErrorParts, 'where'>;

/** The fault as FIS carries it out, with the sites where probes observe it; or the mistake. */
export function throughFis(
  fault: Fault<unknown>,
  requested: Record<string, unknown>,
  lastsMs: number,
  target: Target,
): FaultPlace | FaultMistake {
  const { kind } = fault;
  if (target.fis === null) {
    return {
      what: `target ${target.name} does not list the AWS resources that FIS may act on`,
      got: 'no `fis:`',
      next: 'Add the block as shown in docs/aws.md.',
    };
  }
  const partition = parseArn(target.fis.roleArn)?.partition ?? 'aws';
  const plan = compileKind(kind, requested, target.fis, { partition, minutes: minutesFor(lastsMs) });
  if ('cannot' in plan) return { what: `FIS cannot do this: ${plan.cannot}`, next: plan.instead };
  const { params } = plan;
  const named = fault.regions(params);
  const regions = named === 'all' ? target.regions.map(({ id }) => id) : named;
  const sites = target.world === null ? probeUrlSites(target, kind, regions) : fault.select(sitesOf(target), params);
  if (typeof sites !== 'string') return { params, sites };
  return {
    what: 'no probe can confirm that this fault takes effect',
    got: sites,
    next: `Add \`fis.regions.<id>.probes.${kind}\`: a URL that returns 5xx, or no response, while the fault is in effect.`,
  };
}
