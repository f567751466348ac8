/** What FIS allows of templates, and what it charges. Service model and user guide (reference/fis.md 1, 2 and 7). */
import type { ErrorParts } from '../../../../src/errors.ts';
import { ACTIONS, isKnownAction } from './actions.ts';
import { secondsOfIso } from './duration.ts';
import type { FisPart, FisTemplate } from '../format.ts';

const MOST = {
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

/** What of a template FIS would refuse, in words; empty if nothing. */
export function mistakesInTemplate(template: FisTemplate): ErrorParts[] {
  const found: ErrorParts[] = [];
  const most = (what: string, count: number, limit: number, next: string): void => {
    if (count > limit) found.push({ what, got: String(count), expected: `at most ${limit}`, next });
  };
  const actions = Object.entries(template.actions);
  // None of ours waits for another, so all are parallel.
  most('too many actions at once for one experiment', actions.length, MOST.parallelActions, 'List fewer resources.');
  most('the description is too long', template.description.length, MOST.descriptionCharacters, 'Shorten the names.');
  most('too many tags', Object.keys(template.tags).length, MOST.tags, 'Use fewer.');
  for (const [name, { actionId, parameters }] of actions) {
    for (const [key, value] of Object.entries(parameters)) {
      most(
        `the parameter ${key} of ${actionId} is too long`,
        value.length,
        MOST.parameterCharacters,
        'List fewer hosts, or a network in their place.',
      );
    }
    most(`the name of the action ${name} is too long`, name.length, MOST.nameCharacters, 'Shorten it.');
  }
  for (const [key, value] of Object.entries(template.tags))
    most(`the tag ${key} is too long`, value.length, MOST.tagCharacters, 'Shorten it.');
  return found;
}

/** A quota of an account and region, and how much of it is taken. Service Quotas has the account's own limit. */
export interface Quota {
  region: string;
  what: string;
  needed: number;
  /** AWS's default. */
  limit: number;
}

/** The default quotas that an experiment meets, the tightest first. */
export function quotasOf(parts: FisPart[]): Quota[] {
  const regions = [...new Set(parts.map(({ awsRegion }) => awsRegion))];
  const quotas = regions.flatMap((region): Quota[] => {
    const here = parts.filter(({ awsRegion }) => awsRegion === region);
    const actions = here.map(({ template }) => Object.keys(template.actions).length);
    return [
      { region, what: 'active experiments', needed: here.length, limit: MOST.activeExperiments },
      { region, what: 'templates', needed: here.length, limit: MOST.templates },
      { region, what: 'actions of one template', needed: Math.max(...actions), limit: MOST.actions },
      ...here.flatMap(({ template }) => listedTargets(region, template)),
    ];
  });
  return quotas.toSorted((a, b) => b.needed / b.limit - a.needed / a.limit);
}

/** Only what is listed by ARN can be counted before a preview. */
const listedTargets = (region: string, { actions, targets }: FisTemplate): Quota[] =>
  Object.values(actions).flatMap(({ actionId, targets: slots }): Quota[] => {
    const name = Object.values(slots ?? {})[0];
    const needed = name === undefined ? 0 : (targets[name]?.resourceArns?.length ?? 0);
    if (needed === 0 || !isKnownAction(actionId)) return [];
    return [{ region, what: `targets of ${actionId}`, needed, limit: ACTIONS[actionId].mostTargets }];
  });

/** US dollars per action and minute; aws.amazon.com/fis/pricing, 2026-11. */
const DOLLARS_PER_ACTION_MINUTE = { aws: 0.1, 'aws-us-gov': 0.12, 'aws-cn': 0.1 } as const;

export interface Cost {
  actionMinutes: number;
  /** At most: an experiment that is stopped early is paid until then. Previews and reports are not in it. */
  mostDollars: number;
}

/** What the experiments cost if they run to the end; what happens at once is counted as one minute. */
export function costOf(parts: Pick<FisPart, 'template'>[]): Cost {
  let actionMinutes = 0;
  let mostDollars = 0;
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
    mostDollars += sum * DOLLARS_PER_ACTION_MINUTE[partition ?? 'aws'];
  }
  return { actionMinutes, mostDollars: Math.round(mostDollars * 100) / 100 };
}
