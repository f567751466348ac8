/** Data shared by compiler, client, journal and keeper: templates in the format of FIS, tags, client tokens. */
import { type FaultId, faultName, parseFaultName } from '../../../src/formats/faults.ts';

/** The body of CreateExperimentTemplate without its client token. */
export interface FisTemplate {
  description: string;
  roleArn: string;
  targets: Record<string, TemplateTarget>;
  actions: Record<string, TemplateAction>;
  stopConditions: { source: 'aws:cloudwatch:alarm'; value: string }[];
  experimentOptions: { accountTargeting: 'single-account'; emptyTargetResolutionMode: 'fail' };
  logConfiguration?: {
    logSchemaVersion: 2;
    cloudWatchLogsConfiguration?: { logGroupArn: string };
    s3Configuration?: { bucketName: string; prefix: string };
  };
  experimentReportConfiguration?: {
    outputs: { s3Configuration: { bucketName: string; prefix: string } };
    dataSources: { cloudWatchDashboards: { dashboardIdentifier: string }[] };
    preExperimentDuration: string;
    postExperimentDuration: string;
  };
  tags: Record<string, string>;
}

export interface TemplateTarget {
  resourceType: string;
  resourceArns?: string[];
  resourceTags?: Record<string, string>;
  filters?: { path: string; values: string[] }[];
  /** `ALL`, `COUNT(n)` or `PERCENT(n)`. */
  selectionMode: string;
  parameters?: Record<string, string>;
}

export interface TemplateAction {
  actionId: string;
  description: string;
  parameters: Record<string, string>;
  /** Slot of the action to name of a target; actions on SSM documents have none. */
  targets?: Record<string, string>;
}

/** One FIS experiment: of a fault, in a region. */
export interface FisPart {
  fault: FaultId;
  /** The region of the target, and AWS's name of it. */
  region: string;
  awsRegion: string;
  owner: string;
  template: FisTemplate;
  /** Whole minutes of every action that lasts. */
  minutes: number;
  tokens: { template: string; preview: string; run: string };
}

export const TAGS = {
  fault: 'antipode:fault',
  run: 'antipode:run',
  owner: 'antipode:owner',
  expires: 'antipode:expires',
  revision: 'antipode:revision',
  part: 'antipode:part',
} as const;

/** Tags with owner, run and fault. Set on templates and again on experiments, as FIS does not copy them. */
export const tagsOf = (fault: FaultId, owner: string, revision: string | null): Record<string, string> => ({
  [TAGS.fault]: faultName(fault),
  [TAGS.run]: fault.runId,
  [TAGS.owner]: owner,
  [TAGS.expires]: new Date(fault.expiresAt * 1000).toISOString(),
  ...(revision === null ? {} : { [TAGS.revision]: revision }),
});

/**
 * The fault that these tags identify, or null. Others may use one of our keys, so name, run and owner must all be ours
 * and agree.
 */
export function faultOfTags(tags: Readonly<Record<string, string>>, owner: string): FaultId | null {
  const name = tags[TAGS.fault] ?? '';
  const fault = parseFaultName(name);
  const isOurs =
    fault !== null && faultName(fault) === name && tags[TAGS.run] === fault.runId && tags[TAGS.owner] === owner;
  return isOurs ? fault : null;
}

/** The idempotency token of a call: the same for every repetition of it, per region and attempt of a run. */
export const clientTokenOf = (
  fault: FaultId,
  scenario: string,
  region: string,
  call: 'template' | 'preview' | 'run',
  attempt: number,
): string => `${fault.runId}.${scenario}.${fault.number}.${region}.${call}.${attempt}`;

export const STATUSES = [
  'pending',
  'initiating',
  'running',
  'completed',
  'stopping',
  'stopped',
  'failed',
  'cancelled',
] as const;
export type FisStatus = (typeof STATUSES)[number];

/** `cancelled`: the safety lever, or targets that could not be resolved. */
export const isTerminal = (status: string): boolean => ['completed', 'stopped', 'failed', 'cancelled'].includes(status);
