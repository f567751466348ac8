/** `npm run plan`: compiles a run and shows what it can decide. Sends nothing to the target. */
import type { Command } from 'commander';
import { redacted } from '../config/arn.ts';
import { usageError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import { CLIENT_ROLES, type TimetableIndex } from '../formats/timetable.ts';
import { laneCount, planSummary } from '../plan/summary.ts';
import { cellsTable, originsTable, rolesTable } from '../plan/tables.ts';
import { compileTimetable } from '../plan/timetable.ts';
import { DRIVER_HELP, faultDriver, type FisPlan, fisPlan } from './plan-fis.ts';
import { previewLines } from './preview-fis.ts';
import { addFaultOptions, addPlanOptions, checkIngressProxies, type PlanFlags, planFromFlags } from './plan-flags.ts';

/** Adds `plan`. */
export function addPlanCommand(program: Command): void {
  addFaultOptions(addPlanOptions(program.command('plan')))
    .description('show what a run sends and what it can decide; sends nothing to the target')
    .option('--experiment <name>', 'plan the faults of an experiment in chaos/experiments/, or of a file')
    .option('--driver <driver>', DRIVER_HELP)
    .option('--emit <format>', 'with --driver fis: print only templates and IAM policies; the format is json')
    .option('--no-preview', 'with --driver fis: do not preview the targets in FIS')
    .option('--show-accounts', 'show AWS account ids (hidden by default)')
    .option('--json', 'print the plan as JSON')
    .action(async ({ json, experiment, driver: named, emit, preview, showAccounts, ...flags }: PlanOnlyFlags) => {
      const driver = faultDriver(named, experiment);
      const idFor = (name: string): string => `plan-${name}`;
      const { plan, profile, target, targetFile } = await planFromFlags('plan', flags, idFor, experiment, driver);
      const ingressLines = await checkIngressProxies(plan, target, targetFile);
      const fis = driver === 'fis' ? fisPlan(plan, target) : null;
      if (emit !== undefined) return console.log(emitted(emit, fis));
      if (json) for (const line of ingressLines) console.error(line);
      const { index } = compileTimetable(plan, profile);
      const clients = index.clients.rows.length;
      const text = json
        ? JSON.stringify({ ...plan, clients, lanesCount: laneCount(plan) }, null, 2)
        : [
            ...planText(plan, index),
            ...(ingressLines.length > 0 ? ['', 'Ingress proxies', ...indented(ingressLines)] : []),
            ...(fis
              ? [
                  '',
                  ...fis.lines,
                  ...(await previewLines(plan, target, preview, showAccounts ?? false)),
                  '',
                  ...fis.policyLines.map((line) => (showAccounts ? line : redacted(line))),
                ]
              : []),
          ].join('\n');
      console.log(text);
    });
}

type PlanOnlyFlags = PlanFlags & {
  json?: true;
  experiment?: string;
  driver?: string;
  emit?: string;
  preview: boolean;
  showAccounts?: true;
};

function emitted(format: string, fis: FisPlan | null): string {
  if (format === 'json' && fis) return JSON.stringify({ templates: fis.templates, policies: fis.policies }, null, 2);
  throw usageError({
    where: '--emit',
    what: fis ? 'unknown format' : 'only allowed with --driver fis',
    got: fis ? `"${format}"` : 'no --driver fis',
    expected: fis ? 'json' : '`--driver fis`',
  });
}

/** The whole plan as lines for a terminal. */
function planText(plan: RunPlan, index: TimetableIndex): string[] {
  const clientsOf = (role: string): number =>
    index.clients.role.filter((client) => CLIENT_ROLES[client] === role).length;
  const gating = (gates: boolean): string[] => cellsTable(plan, (cell) => plan.claims[cell.claim]!.gating === gates);
  return [
    ...planSummary(plan, index),
    '',
    'Load',
    ...indented(rolesTable(plan, clientsOf)),
    '',
    'Origins',
    ...indented(originsTable(plan)),
    '',
    'Evidence for gating claims',
    ...indented(gating(true)),
    '',
    'Evidence for informational claims',
    ...indented(gating(false)),
  ];
}

const indented = (lines: string[]): string[] => lines.map((line) => `  ${line}`);
