/** `npm run plan -- --experiment X --driver fis`: FIS templates, IAM policies and costs. Makes no requests. */
import { type CompiledFault, compileForFis } from '../../chaos/drivers/fis/templates/compile.ts';
import {
  driverPolicy,
  type Policy,
  rolePolicy,
  roleTrust,
  type TrustPolicy,
} from '../../chaos/drivers/fis/iam/policies.ts';
import { costOf, quotasOf } from '../../chaos/drivers/fis/templates/limits.ts';
import type { FisTarget } from '../config/fis-target.ts';
import type { Target } from '../config/types.ts';
import { usageError } from '../errors.ts';
import type { FisTemplate } from '../../chaos/drivers/fis/format.ts';
import { FAULT_DRIVERS, type FaultDriver } from '../formats/faults.ts';
import type { RunPlan } from '../formats/plan.ts';

/** Help of `--driver`. */
export const DRIVER_HELP = 'driver of the faults: own (Toxiproxy and the world) or fis (AWS FIS); default: own';

/** Quotas are shown from this share of their limit on. */
const TIGHT = 0.5;

/** The driver given by `--driver`. Throws a usage error if it is unknown, or there is no experiment. */
export function faultDriver(given: string | undefined, experiment: string | undefined): FaultDriver {
  if (given === undefined) return 'own';
  const driver = FAULT_DRIVERS.find((known) => known === given);
  if (driver && experiment !== undefined) return driver;
  throw usageError({
    where: '--driver',
    what: driver ? 'only allowed with an experiment' : 'unknown driver',
    got: driver ? 'no --experiment' : `"${given}"`,
    expected: driver ? '`--experiment <name>`' : `one of ${FAULT_DRIVERS.join(', ')}`,
  });
}

/** The FIS templates of a plan, and the permissions they need. */
export interface FisPlan {
  templates: (FisTemplate & { region: string; fault: number })[];
  /** `driver`: for the user who runs Antipode; `role` and `trust`: for the role that FIS assumes. */
  policies: { driver: Policy; role: Policy; trust: TrustPolicy };
  /** Sentences to print. */
  notes: string[];
  /** The text of the templates, and of the policies. */
  lines: string[];
  policyLines: string[];
}

/** Throws a usage error for a target without a `fis:` block, and for faults that FIS cannot inject. */
export function fisPlan(plan: RunPlan, target: Target): FisPlan {
  const { experiment } = plan;
  if (target.fis === null || experiment === null) {
    throw usageError({
      where: `target ${target.name}`,
      what: '`fis:` is missing',
      expected: 'the AWS resources that faults may be injected into',
      next: 'Add `fis:` as shown in docs/aws.md.',
    });
  }
  const compiled = compileForFis({
    runId: plan.runId,
    scenario: experiment.name,
    target: target.fis,
    faults: experiment.faults,
    fromEpochMs: Date.parse(plan.createdAt),
    revision: null,
    attempt: 1,
  });
  const parts = compiled.flatMap((fault) => fault.parts);
  const templates = parts.map(({ template, awsRegion, fault }) => ({
    region: awsRegion,
    fault: fault.number,
    ...template,
  }));
  const policies = {
    driver: driverPolicy(templates, target.fis.owner),
    role: rolePolicy(templates),
    trust: roleTrust(target.fis.roleArn),
  };
  const notes = compiled.flatMap((fault) => fault.notes);
  return {
    templates,
    policies,
    notes,
    lines: linesOf(compiled, target.fis, notes),
    policyLines: linesOfPolicies(policies),
  };
}

function linesOf(compiled: CompiledFault[], target: FisTarget, notes: string[]): string[] {
  const parts = compiled.flatMap((fault) => fault.parts);
  const { actionMinutes, maxDollars } = costOf(parts);
  const tight = quotasOf(parts).filter(({ needed, limit }) => needed / limit > TIGHT);
  return [
    `Through AWS FIS: ${parts.length} experiments, owner ${target.owner}, at most ${maxDollars} US dollars (${actionMinutes} action-minutes)`,
    ...parts.flatMap(({ fault, awsRegion, template, minutes }) => [
      `  fault ${fault.number} in ${awsRegion}, PT${minutes}M, stopped by ${template.stopConditions.length} alarm(s):`,
      ...Object.entries(template.actions).map(([name, { actionId, targets }]) => {
        const on = Object.values(targets ?? {}).map((slot) => targetWords(template, slot));
        return `    ${name}: ${actionId}${on.length > 0 ? ` on ${on.join(', ')}` : ''}`;
      }),
    ]),
    ...notes.map((note) => `  ${note}`),
    ...tight.map(({ region, what, needed, limit }) => `  Quota in ${region}: ${needed} of ${limit} ${what}.`),
  ];
}

const linesOfPolicies = (policies: FisPlan['policies']): string[] => [
  'IAM policy of the user who runs Antipode',
  ...indented(policies.driver),
  '',
  'IAM policy of the role that FIS assumes',
  ...indented(policies.role),
  '',
  'Trust policy of that role',
  ...indented(policies.trust),
];

function targetWords({ targets }: FisTemplate, slot: string): string {
  const target = targets[slot];
  if (!target) return slot;
  const { resourceType, resourceArns, resourceTags, selectionMode } = target;
  const which = resourceArns
    ? `${resourceArns.length} by ARN`
    : `tagged ${Object.entries(resourceTags ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(', ')}`;
  return `${resourceType} (${which}, ${selectionMode})`;
}

const indented = (policy: object): string[] =>
  JSON.stringify(policy, null, 2)
    .split('\n')
    .map((line) => `  ${line}`);
