/**
 * One region of FIS: its templates, experiments, alarms and safety lever. Regions are independent of each other.
 */
import { randomBytes } from 'node:crypto';
import { FisError, invalid, notFound } from './errors.ts';
import { Experiment } from './experiment.ts';
import type { Surroundings } from './surroundings.ts';
import { ACCOUNT } from './inventory.ts';
import { checkTemplate, limit, type Quotas } from './template-check.ts';
import type { TemplateSpec } from './wire.ts';

export interface StoredTemplate {
  id: string;
  spec: TemplateSpec;
  tags: Record<string, string>;
  creationTime: number;
  lastUpdateTime: number;
}

export interface StoredExperiment {
  id: string;
  templateId: string;
  tags: Record<string, string>;
  experiment: Experiment;
}

export const ALARM_STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

export class FisRegion {
  readonly id: string;
  readonly templates = new Map<string, StoredTemplate>();
  readonly experiments = new Map<string, StoredExperiment>();
  /** By name; an unknown alarm is OK. */
  readonly alarms = new Map<string, AlarmState>();
  readonly around: Omit<Surroundings, 'alarmState' | 'isLeverEngaged'>;
  private readonly quotas: Quotas;
  private lever: { engaged: boolean; reason: string } = {
    engaged: false,
    reason: 'The safety lever was never engaged.',
  };
  /** By operation and client token: the request and its result. */
  private readonly tokens = new Map<string, { request: string; id: string }>();

  constructor(around: FisRegion['around'], quotas: Quotas) {
    this.id = around.region;
    this.around = around;
    this.quotas = quotas;
  }

  arnOf(kind: 'experiment' | 'experiment-template' | 'safety-lever' | 'action', id: string): string {
    return `arn:aws:fis:${this.id}:${ACCOUNT}:${kind}/${id}`;
  }

  createTemplate({ clientToken, ...given }: TemplateSpec & { clientToken: string }): StoredTemplate {
    const again = this.repeated('create', clientToken, given);
    if (again && this.templates.has(again)) return this.templates.get(again)!;
    const { tags = {}, ...spec } = given;
    checkTemplate(given, this.quotas);
    limit('experiment templates', this.templates.size + 1, this.quotas.templates);
    const now = this.around.clock.now();
    const template = { id: newId('EXT'), spec, tags, creationTime: now, lastUpdateTime: now };
    this.templates.set(template.id, template);
    this.remember('create', clientToken, given, template.id);
    return template;
  }

  updateTemplate(id: string, changes: Partial<TemplateSpec>): StoredTemplate {
    const template = this.template(id);
    const experimentOptions = { ...template.spec.experimentOptions, ...changes.experimentOptions };
    const spec = { ...template.spec, ...changes, experimentOptions };
    checkTemplate(spec, this.quotas);
    template.spec = spec;
    template.lastUpdateTime = this.around.clock.now();
    return template;
  }

  template(id: string): StoredTemplate {
    const template = this.templates.get(id);
    if (!template) throw notFound(`Experiment template ${id} not found in ${this.id}.`);
    return template;
  }

  start(given: {
    clientToken: string;
    experimentTemplateId: string;
    tags?: Record<string, string>;
    experimentOptions?: { actionsMode?: 'run-all' | 'skip-all' };
  }): StoredExperiment {
    const { clientToken, ...request } = given;
    const again = this.repeated('start', clientToken, request);
    if (again) return this.experiment(again);
    const template = this.template(given.experimentTemplateId);
    const active = [...this.experiments.values()].filter(({ experiment }) => !experiment.isOver).length;
    limit('active experiments', active + 1, this.quotas.activeExperiments);
    const id = newId('EXP');
    const experiment = new Experiment(
      id,
      structuredClone(template.spec),
      given.experimentOptions?.actionsMode ?? 'run-all',
      {
        ...this.around,
        alarmState: (arn) => this.alarmState(arn),
        isLeverEngaged: () => this.lever.engaged,
      },
    );
    const stored = { id, templateId: template.id, tags: given.tags ?? {}, experiment };
    this.experiments.set(id, stored);
    this.remember('start', clientToken, request, id);
    return stored;
  }

  experiment(id: string): StoredExperiment {
    const experiment = this.experiments.get(id);
    if (!experiment) throw notFound(`Experiment ${id} not found in ${this.id}.`);
    return experiment;
  }

  stop(id: string): StoredExperiment {
    const stored = this.experiment(id);
    const { isOver, state } = stored.experiment;
    // AWS's response is not documented; this is the only error that the model allows (reference/fis.md section 2).
    if (isOver) throw invalid(`Experiment ${id} cannot be stopped: it is ${state.status}.`);
    stored.experiment.stop('Experiment was stopped by the user.');
    return stored;
  }

  /** The state of an alarm by its ARN. */
  alarmState(arn: string): AlarmState {
    return this.alarms.get(arn.split(':alarm:')[1] ?? '') ?? 'OK';
  }

  setAlarm(name: string, state: AlarmState): void {
    this.alarms.set(name, state);
    if (state === 'ALARM')
      for (const { experiment } of this.experiments.values())
        if (experiment.state.status === 'running') experiment.onAlarm();
  }

  /** `engaging` while experiments are still running. */
  leverState(): { status: 'engaged' | 'engaging' | 'disengaged'; reason: string } {
    const { engaged, reason } = this.lever;
    const runs = [...this.experiments.values()].some(({ experiment }) => !experiment.isOver);
    return { status: engaged ? (runs ? 'engaging' : 'engaged') : 'disengaged', reason };
  }

  setLever({ status, reason }: { status: 'engaged' | 'disengaged'; reason: string }): void {
    const engaged = status === 'engaged';
    if (engaged === this.lever.engaged)
      throw new FisError('ConflictException', `The safety lever is already ${status}.`);
    this.lever = { engaged, reason };
    if (!engaged) return;
    for (const { experiment } of this.experiments.values()) {
      if (experiment.state.status !== 'pending')
        experiment.stop(`Experiment stopped: the safety lever was engaged: ${reason}`);
    }
  }

  /** The mutable tags of an ARN. */
  tagsOf(arn: string): Record<string, string> {
    const found = [...this.templates.values(), ...this.experiments.values()].find(
      ({ id }) => arn === this.arnOf(id.startsWith('EXT') ? 'experiment-template' : 'experiment', id),
    );
    if (!found) throw notFound(`Resource ${arn} not found in ${this.id}.`);
    return found.tags;
  }

  /** The id created with this token; null if it is new. Throws if it was used for another request. */
  private repeated(operation: string, token: string, request: object): string | null {
    const before = this.tokens.get(`${operation} ${token}`);
    if (!before) return null;
    if (before.request === canonical(request)) return before.id;
    throw new FisError('ConflictException', `The client token ${token} was used with other parameters.`);
  }

  private remember(operation: string, token: string, request: object, id: string): void {
    this.tokens.set(`${operation} ${token}`, { request: canonical(request), id });
  }
}

/** A string that is equal for equal content, whatever the order of members. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `EXT` or `EXP`, followed by 14 letters and digits. */
function newId(prefix: 'EXT' | 'EXP'): string {
  return prefix + [...randomBytes(14)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}
