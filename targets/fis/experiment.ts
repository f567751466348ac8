/**
 * The lifecycle of one experiment: pending, initiating, running, and a final state. Targets are resolved while it
 * initiates; actions run in the order of their startAfter; its effects on the world are undone before it reaches the
 * final state.
 */
import { ActionRun } from './action-run.ts';
import { ACTIONS } from './catalogue.ts';
import type { Failures } from './failures.ts';
import { ACCOUNT, type Resource } from './inventory.ts';
import { resolveTarget } from './resolve.ts';
import type { Surroundings } from './surroundings.ts';
import type { ExperimentState, ExperimentStatus, TemplateSpec } from './wire.ts';

interface Ending {
  status: 'stopped' | 'failed';
  reason: string;
  error?: ExperimentState['error'];
}

const ENDS: readonly ExperimentStatus[] = ['completed', 'stopped', 'failed', 'cancelled'];

export class Experiment {
  readonly id: string;
  readonly template: TemplateSpec;
  readonly actionsMode: 'run-all' | 'skip-all';
  readonly creationTime: number;
  state: ExperimentState = { status: 'pending', reason: 'Experiment is pending.' };
  /** Every state, with the epoch seconds at which it began. */
  readonly history: { status: ExperimentStatus; at: number }[] = [];
  startTime?: number;
  endTime?: number;
  readonly actions: Map<string, ActionRun>;
  readonly resolved = new Map<string, Resource[]>();
  /** Resolves at its end, when all effects are rolled back. */
  readonly ended: Promise<void>;
  private readonly here: Surroundings;
  private readonly endingSoon = new AbortController();
  private ending: Ending | null = null;
  private readonly finished = new Map<string, Promise<void>>();

  constructor(id: string, template: TemplateSpec, actionsMode: Experiment['actionsMode'], here: Surroundings) {
    this.id = id;
    this.template = template;
    this.actionsMode = actionsMode;
    this.here = here;
    this.creationTime = here.clock.now();
    this.to(this.state);
    this.actions = new Map(Object.entries(template.actions).map(([name, spec]) => [name, new ActionRun(spec)]));
    this.ended = this.live();
  }

  get isOver(): boolean {
    return ENDS.includes(this.state.status);
  }

  /** Stops it: running actions are rolled back, pending ones cancelled. No effect if it is already ending. */
  stop(reason: string): void {
    this.end({ status: 'stopped', reason });
  }

  /** Stops it if the alarm that has gone off is one of its stop conditions. */
  onAlarm(): void {
    const tripped = this.template.stopConditions.find(
      ({ source, value }) => source !== 'none' && this.here.alarmState(value!) === 'ALARM',
    );
    if (tripped) this.stop(`Experiment halted by stop condition: ${tripped.value} is in ALARM.`);
  }

  private end(ending: Ending): void {
    if (this.ending || this.isOver) return;
    this.ending = ending;
    this.to({ status: 'stopping', reason: ending.reason });
    this.endingSoon.abort();
  }

  private to(state: ExperimentState): void {
    this.state = state;
    this.history.push({ status: state.status, at: this.here.clock.now() });
  }

  private async live(): Promise<void> {
    const { clock, timing, failures, region } = this.here;
    const failure = (kind: Parameters<Failures['take']>[0]) => failures.take(kind, { region });
    await this.wait(timing.pendingMs);
    const cancelled = failure('experiment-cancelled');
    if (!this.ending && (cancelled || this.here.isLeverEngaged())) {
      return this.close('cancelled', cancelled?.message ?? 'Experiment cancelled: the safety lever is engaged.');
    }
    if (!this.ending) this.to({ status: 'initiating', reason: 'Experiment is initiating.' });
    this.startTime = clock.now();
    await this.wait(timing.initiatingMs + (failure('slow-initiating')?.seconds ?? 0) * 1000);
    if (!this.ending) this.resolveTargets();
    const failed = failure('experiment-failed');
    if (failed) this.fail(failed.message ?? 'Experiment failed on demand.', 'InternalError', 'experiment');
    if (!this.ending) {
      this.to({ status: 'running', reason: 'Experiment is running.' });
      this.onAlarm();
    }
    await Promise.all([...this.actions.keys()].map((name) => this.whenFinished(name)));
    const { status, reason, error } = this.ending ?? { status: 'completed', reason: 'Experiment completed.' };
    this.close(status, reason, error);
  }

  private close(status: ExperimentStatus, reason: string, error?: ExperimentState['error']): void {
    for (const action of this.actions.values()) if (action.status === 'pending') action.cancel();
    this.to({ status, reason, ...(error ? { error } : {}) });
    this.endTime = this.here.clock.now();
  }

  private fail(reason: string, code: string, location: string): void {
    this.end({ status: 'failed', reason, error: { accountId: ACCOUNT, code, location } });
  }

  /** Ends early with the experiment. */
  private wait(ms: number): Promise<void> {
    return this.here.clock.wait(ms, this.endingSoon.signal);
  }

  private resolveTargets(): void {
    const { experimentOptions, targets = {} } = this.template;
    for (const [name, target] of Object.entries(targets)) {
      const found = resolveTarget(target, this.here.inventory.resources);
      this.resolved.set(name, found);
      if (found.length === 0 && experimentOptions?.emptyTargetResolutionMode !== 'skip') {
        return this.fail(`Target resolution returned empty set for ${name}.`, 'InvalidTarget', name);
      }
    }
    for (const [name, { spec }] of this.actions) {
      const max = ACTIONS[spec.actionId]!.quota ?? this.here.targetsPerAction;
      for (const target of Object.values(spec.targets ?? {})) {
        const count = this.resolved.get(target)!.length;
        if (count > max)
          return this.fail(
            `${spec.actionId} may act on at most ${max} resources, ${target} has ${count}.`,
            'ConfigurationFailure',
            name,
          );
      }
    }
  }

  /** Runs an action once, after the actions that it waits for. */
  private whenFinished(name: string): Promise<void> {
    let finished = this.finished.get(name);
    if (!finished) {
      const action = this.actions.get(name)!;
      finished = Promise.all((action.spec.startAfter ?? []).map((other) => this.whenFinished(other))).then(async () => {
        if (!this.ending) await this.perform(name, action);
      });
      this.finished.set(name, finished);
    }
    return finished;
  }

  private async perform(name: string, action: ActionRun): Promise<void> {
    const failed = await action.perform({
      here: this.here,
      mark: `fis.${this.id}.${[...this.actions.keys()].indexOf(name) + 1}`,
      isPreview: this.actionsMode === 'skip-all',
      resolved: this.resolved,
      ending: this.endingSoon.signal,
    });
    if (failed === null) return;
    const reason = `Action ${name} failed: ${failed}`.slice(0, 500);
    const error = { accountId: ACCOUNT, code: 'ConfigurationFailure', location: name };
    // Also while it is being stopped: an action that was not rolled back must not look successful.
    if (this.ending) this.ending = { status: 'failed', reason, error };
    else this.end({ status: 'failed', reason, error });
  }
}
