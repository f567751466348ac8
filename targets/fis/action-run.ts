/**
 * One action of an experiment: skipped, failed, or applied to the world for its duration and undone.
 */
import { ACTIONS } from './catalogue.ts';
import { ActionFails, type ActionImpact, impactOf, NotExercised } from './effects.ts';
import type { Resource } from './inventory.ts';
import type { Surroundings } from './surroundings.ts';
import type { ActionSpec, ActionStatus } from './wire.ts';

/** What an action needs of its experiment. */
export interface ActionPlace {
  here: Surroundings;
  /** Name of its effects in the world. */
  mark: string;
  isPreview: boolean;
  resolved: ReadonlyMap<string, Resource[]>;
  /** Aborts when the experiment is to end before its time. */
  ending: AbortSignal;
}

/** Retries of a failing roll-back, in real time. */
const UNDO_RETRY_FOR_MS = 30_000;
const UNDO_RETRY_MS = 500;

export class ActionRun {
  readonly spec: ActionSpec;
  status: ActionStatus = 'pending';
  reason = 'Initial state';
  /** Every status after the first. */
  readonly history: ActionStatus[] = [];
  startTime?: number;
  endTime?: number;

  constructor(spec: ActionSpec) {
    this.spec = spec;
  }

  /** The action will not run. */
  cancel(): void {
    this.to('cancelled', 'Action was cancelled.');
  }

  /** Resolves when it is over, with the reason why the experiment must fail, or null. */
  async perform(place: ActionPlace): Promise<string | null> {
    const { here, mark } = place;
    const skip = this.reasonToSkip(place);
    if (skip !== null) return this.over('skipped', skip, here);
    this.startTime = here.clock.now();
    this.to('initiating', 'Action is initiating.');
    let impact: ActionImpact;
    try {
      impact = this.impact(place);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof NotExercised)
        return this.over('skipped', `Not exercised by the local endpoint: ${message}.`, here);
      return this.fail(message, here);
    }
    try {
      await here.driver.apply(mark, impact.effects);
    } catch (error) {
      await undo(place, impact);
      return this.fail((error as Error).message, here);
    }
    this.to('running', 'Action is running.');
    return this.follow(place, impact);
  }

  private async follow(place: ActionPlace, impact: ActionImpact): Promise<string | null> {
    const { here, ending } = place;
    const { clock, failures, region, timing } = here;
    const { runsMs } = impact;
    // Effects can last longer than the action: an SSM document has its own duration, and instances may stay stopped.
    const lastsMs = impact.lastsMs === null ? Infinity : (impact.lastsMs ?? runsMs);
    await clock.wait(Math.min(runsMs, lastsMs), ending);
    if (lastsMs < runsMs && !ending.aborted) {
      if (!(await undo(place, impact))) return this.failRollBack(here);
      await clock.wait(runsMs - lastsMs, ending);
    }
    if (ending.aborted) {
      this.to('stopping', 'Action is stopping.');
      await clock.wait(timing.rollBackMs + (failures.take('slow-roll-back', { region })?.seconds ?? 0) * 1000);
      if (!(await undo(place, impact))) return this.failRollBack(here);
      return this.over('stopped', 'Action was stopped.', here);
    }
    if (lastsMs <= runsMs) {
      if (!(await undo(place, impact))) return this.failRollBack(here);
    } else if (lastsMs !== Infinity) {
      // The document keeps running; the action does not wait for it.
      void clock.wait(lastsMs - runsMs).then(() => undo(place, impact));
    }
    return this.over('completed', 'Action was completed.', here);
  }

  /** The impact of the action. Throws NotExercised or ActionFails. */
  private impact({ here, resolved }: ActionPlace): ActionImpact {
    const { spec } = this;
    const { failures, region, world, inventory } = here;
    const forced = failures.take('action-failed', { region, actionId: spec.actionId });
    if (forced) throw new ActionFails(forced.message ?? 'Action failed on demand.');
    const kind = ACTIONS[spec.actionId]!.effect!;
    if (kind === 'assert-alarms') assertAlarms(spec, here);
    const resources = Object.values(spec.targets ?? {}).flatMap((target) => resolved.get(target)!);
    return impactOf({ kind, action: spec, resources, region, world, inventory });
  }

  private reasonToSkip({ here, isPreview, resolved }: ActionPlace): string | null {
    const { actionId, targets = {} } = this.spec;
    if (isPreview) return 'Action was skipped: actionsMode is skip-all.';
    const empty = Object.values(targets).find((target) => resolved.get(target)!.length === 0);
    if (empty !== undefined) return `Action was skipped: target ${empty} resolved to nothing.`;
    const forced = here.failures.take('action-skipped', { region: here.region, actionId });
    if (forced) return forced.message ?? 'Action was skipped on demand.';
    return ACTIONS[actionId]!.effect ? null : 'Not exercised by the local endpoint.';
  }

  private to(status: ActionStatus, reason: string): void {
    this.status = status;
    this.reason = reason;
    this.history.push(status);
  }

  private over(status: ActionStatus, reason: string, { clock }: Surroundings): null {
    this.to(status, reason);
    this.endTime = clock.now();
    return null;
  }

  private fail(reason: string, here: Surroundings): string {
    this.over('failed', reason.slice(0, 500), here);
    return this.reason;
  }

  private failRollBack(here: Surroundings): string {
    return this.fail('The roll-back failed: the effects could not be removed from the world.', here);
  }
}

function assertAlarms({ parameters = {} }: ActionSpec, { alarmState }: Surroundings): void {
  const listed = (name: string): string[] => parameters[name]!.split(',').map((one) => one.trim());
  const states = listed('alarmStates');
  for (const arn of listed('alarmArns')) {
    const state = alarmState(arn);
    if (!states.includes(state)) throw new ActionFails(`${arn} is ${state}, not ${states.join(' or ')}.`);
  }
}

/** Returns whether the effects could be undone. */
async function undo({ here, mark }: ActionPlace, { effects }: ActionImpact): Promise<boolean> {
  const deadlineMs = Date.now() + UNDO_RETRY_FOR_MS;
  for (;;) {
    try {
      await here.driver.undo(mark, effects);
      return true;
    } catch (error) {
      if (Date.now() > deadlineMs) {
        console.error(`${mark} cannot be undone: ${(error as Error).message}`);
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, UNDO_RETRY_MS));
    }
  }
}
