/** What FIS allows of templates, and what it charges. Service model and user guide (reference/fis.md 1, 2 and 7). */
import type { ErrorParts } from '../../../../src/errors.ts';
import { ACTIONS, isKnownAction } from './actions.ts';
import { secondsOfIso } from './duration.ts';
import type { FisPart, FisTemplate } from '../format.ts';

const MAX = {
  actions: 20,
  parallelActions: 10,
  activeExperiments: 5,
  templates: 500,
  descriptionCharacters: 512,
  parameterCharacters: 1024,
  nameCharacters: 64,
  tags: 50,
  tagCharacters: 256,
} as const;

/** The parts of a template that FIS would reject. */
export function mistakesInTemplate(template: FisTemplate): ErrorParts[] {
  const found: ErrorParts[] = [];
  const checkMax = (what: string, count: number, limit: number, next: string): void => {
    if (count > limit) found.push({ what, got: String(count), expected: `at most ${limit}`, next });
  };
  const actions = Object.entries(template.actions);
  // No action waits for another, so all are parallel.
  checkMax('too many parallel actions in one experiment', actions.length, MAX.parallelActions, 'List fewer resources.');
  checkMax('the description is too long', template.description.length, MAX.descriptionCharacters, 'Shorten the names.');
  checkMax('too many tags', Object.keys(template.tags).length, MAX.tags, 'Use fewer.');
  for (const [name, { actionId, parameters }] of actions) {
    for (const [key, value] of Object.entries(parameters)) {
      checkMax(
        `the parameter ${key} of ${actionId} is too long`,
        value.length,
        MAX.parameterCharacters,
        'List fewer hosts, or a network instead.',
      );
    }
    checkMax(`the name of the action ${name} is too long`, name.length, MAX.nameCharacters, 'Shorten it.');
  }
  for (const [key, value] of Object.entries(template.tags))
    checkMax(`the tag ${key} is too long`, value.length, MAX.tagCharacters, 'Shorten it.');
  return found;
}

/** A quota of an account and region, and how much of it is needed. Service Quotas shows the account's own limit. */
export interface Quota {
  region: string;
  what: string;
  needed: number;
  /** AWS's default. */
  limit: number;
}

/** The default quotas that apply to an experiment, the tightest first. */
export function quotasOf(parts: FisPart[]): Quota[] {
  const regions = [...new Set(parts.map(({ awsRegion }) => awsRegion))];
  const quotas = regions.flatMap((region): Quota[] => {
    const here = parts.filter(({ awsRegion }) => awsRegion === region);
    const actions = here.map(({ template }) => Object.keys(template.actions).length);
    return [
      { region, what: 'active experiments', needed: here.length, limit: MAX.activeExperiments },
      { region, what: 'templates', needed: here.length, limit: MAX.templates },
      { region, what: 'actions of one template', needed: Math.max(...actions), limit: MAX.actions },
      ...here.flatMap(({ template }) => listedTargets(region, template)),
    ];
  });
  return quotas.toSorted((a, b) => b.needed / b.limit - a.needed / a.limit);
}

/** Before a preview, only resources listed by ARN can be counted. */
const listedTargets = (region: string, { actions, targets }: FisTemplate): Quota[] =>
  Object.values(actions).flatMap(({ actionId, targets: slots }): Quota[] => {
    const name = Object.values(slots ?? {})[0];
    const needed = name === undefined ? 0 : (targets[name]?.resourceArns?.length ?? 0);
    if (needed === 0 || !isKnownAction(actionId)) return [];
    return [{ region, what: `targets of ${actionId}`, needed, limit: ACTIONS[actionId].maxTargets }];
  });

/** US dollars per action and minute; aws.amazon.com/fis/pricing, 2026-11. */
const DOLLARS_PER_ACTION_MINUTE = { aws: 0.1, 'aws-us-gov': 0.12, 'aws-cn': 0.1 } as const;

export interface Cost {
  actionMinutes: number;
  /** Upper bound: an experiment that is stopped early costs less. Excludes previews and reports. */
  maxDollars: number;
}

/** The cost of the experiments if they run to the end; an action without duration counts as one minute. */
export function costOf(parts: Pick<FisPart, 'template'>[]): Cost {
  let actionMinutes = 0;
  let maxDollars = 0;
  for (const { template } of parts) {
    const partition = /^arn:(aws|aws-us-gov|aws-cn):/.exec(template.roleArn)?.[1] as
      | keyof typeof DOLLARS_PER_ACTION_MINUTE
      | undefined;
    const minutes = Object.values(template.actions).map(({ actionId, parameters }) => {
      const key = isKnownAction(actionId) ? ACTIONS[actionId].duration : 'duration';
      const seconds = key === null ? null : secondsOfIso(parameters[key] ?? '');
      return Math.max(1, Math.ceil((seconds ?? 0) / 60));
    });
    const sum = minutes.reduce((total, one) => total + one, 0);
    actionMinutes += sum;
    maxDollars += sum * DOLLARS_PER_ACTION_MINUTE[partition ?? 'aws'];
  }
  return { actionMinutes, maxDollars: Math.round(maxDollars * 100) / 100 };
}
