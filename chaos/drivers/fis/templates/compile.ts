/**
 * Compiles the faults of an experiment to FIS experiment templates, one per fault and AWS region. Pure; refuses what
 * FIS cannot do before any call.
 */
import { throwMistakes } from '../../../../src/config/yaml-file.ts';
import type { ErrorParts } from '../../../../src/errors.ts';
import type { FaultId, PlanFault } from '../../../../src/formats/faults.ts';
import { parseArn } from '../../../../src/config/arn.ts';
import { isoMinutes, MAX_MINUTES, minutesFor } from './duration.ts';
import { clientTokenOf, type FisPart, type FisTemplate, TAGS, tagsOf } from '../format.ts';
import { compileKind } from './kinds/index.ts';
import { mistakesInTemplate } from './limits.ts';
import { type Step, templateAction } from './step.ts';
import { awsRegionOf, type FisRegion, type FisTarget } from '../../../../src/config/fis-target.ts';

export interface CompileInput {
  runId: string;
  /** Name of the experiment. */
  scenario: string;
  target: FisTarget;
  faults: Pick<PlanFault, 'number' | 'kind' | 'params' | 'fromMs' | 'toMs' | 'lastsMs'>[];
  /** Epoch ms from which the expiry counts: `T0` of the run, or now for a plan. */
  fromEpochMs: number;
  /** Commit of the system under test, if known. */
  revision: string | null;
  /** Incremented when a run creates its templates again. */
  attempt: number;
}

export interface CompiledFault {
  number: number;
  /** The parameters of what FIS really does, for `inEffect`: it drops packets where `refused` was requested. */
  params: Record<string, unknown>;
  parts: FisPart[];
  /** Sentences to show. */
  notes: string[];
}

/** Added to the planned end, for start and roll-back, to get the expiry in the tag. */
const EXPIRY_MARGIN_MS = 15 * 60_000;

/** The templates of an experiment. One usage error (exit 2) with everything that FIS cannot do. */
export function compileForFis(input: CompileInput): CompiledFault[] {
  const mistakes: ErrorParts[] = [];
  const compiled = input.faults.map((fault) => compileFault(fault, input, mistakes));
  throwMistakes(mistakes);
  return compiled;
}

function compileFault(
  fault: CompileInput['faults'][number],
  input: CompileInput,
  mistakes: ErrorParts[],
): CompiledFault {
  const { target } = input;
  const lastsMs = fault.toMs - fault.fromMs;
  const minutes = minutesFor(lastsMs);
  const where = `fault ${fault.number} (${fault.kind}) of ${input.scenario}`;
  if (minutes > MAX_MINUTES) {
    mistakes.push({
      where,
      what: 'FIS limits faults to 12 hours',
      got: isoMinutes(minutes),
      expected: `at most ${isoMinutes(MAX_MINUTES)}`,
      next: 'Shorten the fault.',
    });
  }
  const partition = parseArn(target.roleArn)?.partition ?? 'aws';
  const plan = compileKind(fault.kind, fault.params, target, { partition, minutes });
  if ('cannot' in plan) {
    mistakes.push({ where, what: `FIS cannot do this: ${plan.cannot}`, next: plan.instead });
    return { number: fault.number, params: fault.params, parts: [], notes: [] };
  }
  const expiresAt = Math.ceil((input.fromEpochMs + fault.fromMs + minutes * 60_000 + EXPIRY_MARGIN_MS) / 1000);
  const id: FaultId = { runId: input.runId, number: fault.number, expiresAt };
  const parts = Object.entries(plan.steps).map(([region, steps]): FisPart => {
    const awsRegion = awsRegionOf(target, region);
    const template = templateOf(id, region, steps, minutes, input);
    mistakes.push(...mistakesInTemplate(template).map((mistake) => ({ ...mistake, where: `${where} in ${region}` })));
    const token = (call: 'template' | 'preview' | 'run'): string =>
      clientTokenOf(id, input.scenario, awsRegion, call, input.attempt);
    const tokens = { template: token('template'), preview: token('preview'), run: token('run') };
    return { fault: id, region, awsRegion, owner: target.owner, template, minutes, tokens };
  });
  return {
    number: fault.number,
    params: plan.params,
    parts,
    notes: [...rounding(fault.lastsMs ?? lastsMs, minutes), ...plan.notes],
  };
}

const rounding = (lastsMs: number, minutes: number): string[] =>
  lastsMs === minutes * 60_000
    ? []
    : [
        `FIS counts whole minutes: ${isoMinutes(minutes)} for the requested ${lastsMs / 1000} s. Antipode stops it after ` +
          `${lastsMs / 1000} s; if Antipode is no longer running, FIS stops it after ${isoMinutes(minutes)}.`,
      ];

function templateOf(
  id: FaultId,
  region: string,
  steps: Step[],
  minutes: number,
  { target, scenario, revision }: CompileInput,
): FisTemplate {
  const block = target.regions[region]!;
  const targets = steps.flatMap(({ on }) => (on ? [[on.name, on.target] as const] : []));
  const logConfiguration = logsOf(block);
  const experimentReportConfiguration = reportOf(target);
  return {
    description: `Antipode ${id.runId}: fault ${id.number} of ${scenario} in ${region}`,
    roleArn: target.roleArn,
    targets: Object.fromEntries(targets),
    actions: Object.fromEntries(steps.map((step) => [step.name, templateAction(step, minutes)])),
    stopConditions: block.stopAlarms.map((value) => ({ source: 'aws:cloudwatch:alarm', value })),
    // A fault without resources must fail, not look like one without impact.
    experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
    ...(logConfiguration ? { logConfiguration } : {}),
    ...(experimentReportConfiguration ? { experimentReportConfiguration } : {}),
    tags: { ...tagsOf(id, target.owner, revision), [TAGS.part]: 'template' },
  };
}

function logsOf({ logs }: FisRegion): FisTemplate['logConfiguration'] {
  if (!logs) return undefined;
  const { group, bucket, prefix } = logs;
  if (group !== undefined) return { logSchemaVersion: 2, cloudWatchLogsConfiguration: { logGroupArn: group } };
  return { logSchemaVersion: 2, s3Configuration: { bucketName: bucket!, prefix } };
}

function reportOf({ report }: FisTarget): FisTemplate['experimentReportConfiguration'] {
  if (!report) return undefined;
  return {
    outputs: { s3Configuration: { bucketName: report.bucket, prefix: report.prefix } },
    dataSources: {
      cloudWatchDashboards: report.dashboards.map((dashboardIdentifier) => ({ dashboardIdentifier })),
    },
    preExperimentDuration: isoMinutes(report.minutesBefore),
    postExperimentDuration: isoMinutes(report.minutesAfter),
  };
}
