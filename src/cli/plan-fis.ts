/** `npm run plan -- --experiment X --driver fis`: what FIS would be asked for, and what that needs. Calls nobody. */
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

/** Of the flag `--driver`. */
export const DRIVER_HELP = 'what injects the faults: own (Toxiproxy and the world) or fis (AWS)';

/** Quotas that are further from their limit than this are not worth a line. */
const TIGHT = 0.5;

/** The driver that `--driver` names; usage error for another one. */
export function faultDriver(given: string | undefined, experiment: string | undefined): FaultDriver {
  if (given === undefined) return 'own';
  const driver = FAULT_DRIVERS.find((known) => known === given);
  if (driver && experiment !== undefined) return driver;
  throw usageError({
    where: '--driver',
    what: driver ? 'there is nothing to inject' : 'there is no such driver of faults',
    got: driver ? 'no --experiment' : `"${given}"`,
    expected: driver ? '`--experiment <name>` with it' : `one of ${FAULT_DRIVERS.join(', ')}`,
  });
}

/** Everything FIS would be asked for, and what must be allowed for it. */
export interface FisPlan {
  templates: (FisTemplate & { region: string; fault: number })[];
  /** For whoever runs Antipode, and for the role that FIS acts as. */
  policies: { driver: Policy; role: Policy; trust: TrustPolicy };
  /** Sentences for people. */
  notes: string[];
  /** What is asked for, and then what must be allowed for it. */
  lines: string[];
  policyLines: string[];
}

/** Usage error for a target without a `fis:` block, and for what FIS cannot do. */
export function fisPlan(plan: RunPlan, target: Target): FisPlan {
  const { experiment } = plan;
  if (target.fis === null || experiment === null) {
    throw usageError({
      where: `target ${target.name}`,
      what: 'it does not say which AWS resources may be broken',
      got: 'no `fis:`',
      next: 'Write the block, as docs/aws.md shows it.',
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
  const { actionMinutes, mostDollars } = costOf(parts);
  const tight = quotasOf(parts).filter(({ needed, limit }) => needed / limit > TIGHT);
  return [
    `Through AWS FIS: ${parts.length} experiments, owner ${target.owner}, at most ${mostDollars} US dollars (${actionMinutes} action-minutes)`,
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
  'IAM policy of whoever runs Antipode',
  ...indented(policies.driver),
  '',
  'IAM policy of the role that FIS acts as',
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
