/** The configuration of the player inside k6, besides the timetable. */
import product from '../../package.json' with { type: 'json' };
import { secretNames } from '../config/secret-places.ts';
import type { Target } from '../config/types.ts';
import type { RunPlan } from '../formats/plan.ts';
import { SECRET_PREFIX, type PlayerConfig } from '../formats/player.ts';
import { tracePrefix } from '../formats/trace-id.ts';

/** The configuration of the player, without the harness URL and the smoke test. */
export function playerConfig(
  plan: RunPlan,
  target: Target,
  timetable: string,
  origins: PlayerConfig['origins'],
): Omit<PlayerConfig, 'harnessUrl' | 'smoke' | 'smokeGapMs'> {
  return {
    runId: plan.runId,
    tracePrefix: tracePrefix(plan.runId),
    userAgent: userAgent(plan.runId),
    timetable,
    origins,
    regions: plan.regions.map((region) => region.id),
    tenants: plan.tenants.map(({ id }) => id),
    retries: plan.retries,
    operations: plan.operations,
    headers: target.headers,
    observe: target.observe,
  };
}

/** The User-Agent of every request of a run. */
export const userAgent = (runId: string): string => `Antipode/${product.version} (load test; run ${runId})`;

/** k6's environment variables for the target's requests. Secrets are passed in no other way. */
export const playerEnvironment = (target: Target): Record<string, string> => ({
  ...Object.fromEntries(secretNames(target).map((name) => [SECRET_PREFIX + name, process.env[name] ?? ''])),
  ...(target.tls.caFile ? { SSL_CERT_FILE: target.tls.caFile } : {}),
  ...(target.tls.certFile && target.tls.keyFile
    ? { ANTIPODE_CLIENT_CERTIFICATE: target.tls.certFile, ANTIPODE_CLIENT_KEY: target.tls.keyFile }
    : {}),
});

/** Values of the environment variables that the target names. */
export const secretValues = (target: Parameters<typeof secretNames>[0]): string[] =>
  secretNames(target).flatMap((name) => process.env[name] || []);
