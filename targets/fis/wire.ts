/** Data of requests and responses, after the model; only the parts that are used here have types. */
export interface TargetSpec {
  resourceType: string;
  resourceArns?: string[];
  resourceTags?: Record<string, string>;
  filters?: { path: string; values: string[] }[];
  selectionMode: string;
  parameters?: Record<string, string>;
}

export interface ActionSpec {
  actionId: string;
  description?: string;
  parameters?: Record<string, string>;
  /** Slot of the action -> name of a target. */
  targets?: Record<string, string>;
  startAfter?: string[];
}

export interface StopCondition {
  source: string;
  value?: string;
}

export interface TemplateSpec {
  description: string;
  targets?: Record<string, TargetSpec>;
  actions: Record<string, ActionSpec>;
  stopConditions: StopCondition[];
  roleArn: string;
  tags?: Record<string, string>;
  logConfiguration?: Record<string, unknown>;
  experimentOptions?: { accountTargeting?: string; emptyTargetResolutionMode?: string };
  experimentReportConfiguration?: Record<string, unknown>;
}

export type ExperimentStatus =
  | 'pending'
  | 'initiating'
  | 'running'
  | 'completed'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'cancelled';

export type ActionStatus = ExperimentStatus | 'skipped';

export interface ExperimentState {
  status: ExperimentStatus;
  reason: string;
  error?: { accountId: string; code: string; location: string };
}

/** A response without undefined top-level members. */
export const compact = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
