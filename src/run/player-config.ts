/** What a run hands to the player inside k6, beside the timetable. */
import { secretNames } from '../config/target.ts';
import type { Target } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerConfig } from '../formats/player.ts';
import { tracePrefix } from '../formats/trace-id.ts';

/** What the player is told of a run, but where the harness is. */
export function playerConfig(
  plan: RunPlan,
  target: Target,
  timetable: string,
  origins: PlayerConfig['origins'],
): Omit<PlayerConfig, 'harnessUrl' | 'smoke'> {
  return {
    runId: plan.runId,
    tracePrefix: tracePrefix(plan.runId),
    userAgent: `Antipode/${plan.version} (load test; run ${plan.runId})`,
    timetable,
    origins,
    regions: plan.regions.map((region) => region.id),
    tenants: plan.tenants,
    retries: plan.retries,
    operations: plan.operations,
    headers: target.headers,
    observe: target.observe,
  };
}

/** Secrets that the target's headers name, from our environment into k6's and into nothing else. */
export const secrets = (target: Target): Record<string, string> => ({
  ...Object.fromEntries(secretNames(target).map((name) => [name, process.env[name] ?? ''])),
  ...(target.tls.caFile ? { SSL_CERT_FILE: target.tls.caFile } : {}),
});
