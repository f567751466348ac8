/** Upgrades runs sealed with plans of version 1 to version 2. */
import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limitClaims } from '../../claims/limits.ts';
import { tenancyOf } from '../tenancy.ts';
import type { Seal } from '../../reports/seal.ts';
import type { ExperimentLimits } from '../../src/formats/faults.ts';
import type { PlanClaim, RunPlan } from '../../src/formats/plan.ts';

/** The fields of a version 1 plan that changed. */
interface OldPlan extends Omit<RunPlan, 'version' | 'claims' | 'experiment' | 'tenants' | 'operations'> {
  version: number;
  tenants: string[];
  operations: Omit<RunPlan['operations'][number], 'isOfTenant'>[];
  claims: (Omit<PlanClaim, 'kind'> & { metric: PlanClaim['kind'] })[];
  experiment: (Omit<NonNullable<RunPlan['experiment']>, 'limits'> & { limits: Record<string, number | null> }) | null;
}

const IN_SECONDS: Record<string, string> = {
  rtoMs: 'rtoSeconds',
  evacuationMs: 'evacuationSeconds',
  failBackMs: 'failBackSeconds',
  recoveryMs: 'recoverySeconds',
  convergenceMs: 'convergenceSeconds',
  stalenessMs: 'stalenessSeconds',
  lagAlertMs: 'lagAlertSeconds',
  ownReadMs: 'readYourWritesSeconds',
};

const RENAMED: Record<string, string> = { goingBackShare: 'nonMonotonicReadShare' };

/**
 * Copies the run in `from` to `to` with a current plan, and seals it again unless it was altered after its seal.
 * Unreadable files are copied unchanged.
 */
export async function upgradedRun(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  const texts: Record<string, (text: string) => string> = {
    'plan.json': (text) => {
      const plan = parsed<OldPlan>(text);
      return plan?.version === 1 ? `${JSON.stringify(upgraded(plan))}\n` : text;
    },
    'recording.log': (text) => text.replaceAll(/^@j .*"kind":"cart-.*$/gm, upgradedNote),
  };
  const seal = parsed<Seal>((await textOf(to, 'seal.json')) ?? '');
  for (const [name, change] of Object.entries(texts)) {
    const before = await textOf(from, name);
    const after = change(before ?? '');
    if (before === null || before === after) continue;
    await writeFile(join(to, name), after);
    const sealed = seal?.files.find((file) => file.name === name);
    if (sealed === undefined) continue;
    if (sealed.sha256 === sha256(before)) sealed.sha256 = sha256(after);
    sealed.bytes += Buffer.byteLength(after) - Buffer.byteLength(before);
  }
  if (seal !== null) await writeFile(join(to, 'seal.json'), `${JSON.stringify(seal)}\n`);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const textOf = (dir: string, name: string): Promise<string | null> =>
  readFile(join(dir, name), 'utf8').catch(() => null);

function parsed<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

/** Cart notes of journeys had a kind of their own. */
function upgradedNote(line: string): string {
  const { kind, row, ...said } = JSON.parse(line.slice('@j '.length)) as { kind: string; row: number };
  return `@j ${JSON.stringify({ kind: 'note', name: kind, row, said })}`;
}

function upgraded(plan: OldPlan): RunPlan {
  const { experiment } = plan;
  const limits: ExperimentLimits = Object.fromEntries(
    Object.entries(experiment?.limits ?? {}).flatMap(([key, value]) =>
      value === null ? [] : [[IN_SECONDS[key] ?? RENAMED[key] ?? key, key in IN_SECONDS ? value / 1000 : value]],
    ),
  );
  const hurt = experiment?.regions ?? [];
  const claims = plan.claims.map(({ metric, ...claim }) => ({
    ...claim,
    kind: metric,
    limitMs: null,
    plusPrimaryRoundTrip: false,
    maxCount: null,
  }));
  const found = limitClaims(limits, {
    affected: hurt,
    'affected replicas': hurt.filter((region) => plan.regions[region]!.replica),
    evacuated: plan.regions.flatMap(({ id }, i) => (experiment?.evacuate?.regions.includes(id) ? [i] : [])),
  });
  return {
    ...plan,
    ...tenancyOf(plan.regions, plan.tenants),
    version: 2,
    operations: plan.operations.map((operation) => ({
      ...operation,
      isOfTenant: `${operation.path} ${operation.body}`.includes('{tenant}'),
    })),
    claims: [...claims, ...found],
    experiment: experiment && {
      ...experiment,
      limits,
      faults: experiment.faults.map((fault) => ({
        ...fault,
        hangs: /^(blackhole|grey)$/.test(String(fault.params['face'])),
        regions: fault.regions ?? [],
      })),
    },
  };
}
