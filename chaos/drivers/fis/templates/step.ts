/** Typed actions on named targets: what a fault does in one region, before it becomes a template. */
import type { ActionId, ActionParameters, ActionSpec } from './actions.ts';
import { ACTIONS } from './actions.ts';
import { isoMinutes } from './duration.ts';
import type { TemplateAction, TemplateTarget } from '../format.ts';
import type { Selector } from '../../../../src/config/fis-target.ts';

export interface NamedTarget {
  name: string;
  target: TemplateTarget;
}

export interface Step {
  name: string;
  id: ActionId;
  parameters: Record<string, string>;
  on: NamedTarget | null;
}

/** What a kind of fault compiles to: steps by region of the target, or why FIS cannot do it and an alternative. */
export type KindPlan =
  | {
      steps: Record<string, Step[]>;
      /** What FIS really does, if that differs from what was requested (it drops packets, it never refuses). */
      params: Record<string, unknown>;
      notes: string[];
    }
  | { cannot: string; instead: string };

/** What a kind needs besides target and parameters. */
export interface Surroundings {
  /** Of the account: aws, aws-us-gov or aws-cn. */
  partition: string;
  minutes: number;
}

/** One typed action. `on` must be of the action's resource type; null only for actions on documents. */
export function step<Id extends ActionId>(
  name: string,
  id: Id,
  parameters: ActionParameters[Id],
  on: NamedTarget | null,
): Step {
  const text = Object.entries(parameters).map(([key, value]) => [key, String(value)]);
  return { name, id, parameters: Object.fromEntries(text) as Record<string, string>, on };
}

/** The step in the format of FIS; every action with a duration gets the same one. */
export function templateAction({ id, parameters, on }: Step, minutes: number): TemplateAction {
  const { slot, duration }: ActionSpec = ACTIONS[id];
  return {
    actionId: id,
    description: `Antipode: ${id.split(':').at(-1)!}`,
    parameters: duration === null ? parameters : { ...parameters, [duration]: isoMinutes(minutes) },
    ...(slot !== null && on !== null ? { targets: { [slot.name]: on.name } } : {}),
  };
}

/** `ALL`, `COUNT(n)` or `PERCENT(n)`. */
const modeOf = ({ percent, count }: { percent?: number | undefined; count?: number | undefined }): string =>
  percent !== undefined ? `PERCENT(${percent})` : count !== undefined ? `COUNT(${count})` : 'ALL';

/** The resources of a selector, as a target of this type. */
export function selected(name: string, resourceType: string, selector: Selector): NamedTarget {
  const { arns, tags, filters } = selector;
  const wanted = { ...filters };
  // Terminated instances keep their tags for an hour, and would match.
  if (resourceType === 'aws:ec2:instance' && tags) wanted['State.Name'] ??= ['running'];
  const list = Object.entries(wanted).map(([path, values]) => ({ path, values }));
  return {
    name,
    target: {
      resourceType,
      ...(arns ? { resourceArns: arns } : {}),
      ...(tags ? { resourceTags: tags } : {}),
      ...(list.length > 0 ? { filters: list } : {}),
      selectionMode: modeOf(selector),
    },
  };
}

interface TaskSelector {
  cluster: string;
  service: string;
  tags?: Record<string, string> | undefined;
  percent?: number | undefined;
  count?: number | undefined;
}

/** ECS tasks by cluster and service, since tasks are short-lived and so are their ARNs. */
export const selectedTasks = (name: string, { cluster, service, tags, ...share }: TaskSelector): NamedTarget => ({
  name,
  target: {
    resourceType: 'aws:ecs:task',
    ...(tags ? { resourceTags: tags } : {}),
    parameters: { cluster, service },
    selectionMode: modeOf(share),
  },
});

interface PodSelector {
  cluster: string;
  namespace: string;
  selector: string;
  percent?: number | undefined;
  count?: number | undefined;
}

/** Pods by label; FIS selects them by parameters only. */
export const selectedPods = (name: string, { cluster, namespace, selector, ...share }: PodSelector): NamedTarget => ({
  name,
  target: {
    resourceType: 'aws:eks:pod',
    parameters: { clusterIdentifier: cluster, namespace, selectorType: 'labelSelector', selectorValue: selector },
    selectionMode: modeOf(share),
  },
});
