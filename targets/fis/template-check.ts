/** Checks of a template beyond the model: consistency of its parts with each other and with the catalogue. */
import { ACTIONS, RESOURCE_TYPES } from './catalogue.ts';
import { durationMs } from './clock.ts';
import { FisError, invalid } from './errors.ts';
import { parseSelection } from './resolve.ts';
import type { ActionSpec, TargetSpec, TemplateSpec } from './wire.ts';

export interface Quotas {
  templates: number;
  activeExperiments: number;
  actionsPerTemplate: number;
  parallelActions: number;
  stopConditions: number;
  targetsPerAction: number;
}

/** Defaults of Service Quotas, per account and Region (reference/fis.md section 2). */
export const DEFAULT_QUOTAS: Quotas = {
  templates: 500,
  activeExperiments: 5,
  actionsPerTemplate: 20,
  parallelActions: 10,
  stopConditions: 5,
  targetsPerAction: 5,
};

const MINUTE_MS = 60_000;
const MAX_MS = 12 * 60 * MINUTE_MS;
const ALARM = /^arn:aws:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+$/;
/** Parameters that are durations. */
const DURATIONS = ['duration', 'startInstancesAfterDuration', 'maxDuration'];
const IS_ARN = /^arn:aws:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$/;

/** Throws ValidationException or ServiceQuotaExceededException, with the place in the template. */
export function checkTemplate(template: TemplateSpec, quotas: Quotas): void {
  const { actions, targets = {}, stopConditions, roleArn, tags = {}, logConfiguration } = template;
  if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(roleArn)) throw invalid(`roleArn: ${roleArn} is not the ARN of a role.`);
  for (const key of Object.keys(tags))
    if (/^aws:/i.test(key)) throw invalid(`tags: the prefix aws: is reserved, got ${key}.`);
  if (Object.keys(actions).length === 0) throw invalid('actions: at least one action is required.');
  limit('actions per experiment template', Object.keys(actions).length, quotas.actionsPerTemplate);
  checkStopConditions(template, quotas);
  if (logConfiguration) checkLog(logConfiguration);
  for (const [name, target] of Object.entries(targets)) checkTarget(`targets.${name}`, target);
  for (const [name, action] of Object.entries(actions)) checkAction(name, action, template);
  const levels = levelsOf(actions);
  for (const level of new Set(levels.values())) {
    const together = [...levels.values()].filter((one) => one === level).length;
    limit('parallel actions per experiment', together, quotas.parallelActions);
  }
  if (stopConditions.length === 0)
    throw invalid('stopConditions: at least one is required; use {"source":"none"} for none.');
}

export function limit(what: string, count: number, max: number): void {
  if (count > max)
    throw new FisError('ServiceQuotaExceededException', `The quota of ${what} is ${max}; this would be ${count}.`);
}

function checkStopConditions({ stopConditions }: TemplateSpec, quotas: Quotas): void {
  limit('stop conditions per experiment template', stopConditions.length, quotas.stopConditions);
  for (const [at, { source, value }] of stopConditions.entries()) {
    const where = `stopConditions.${at + 1}`;
    if (source === 'none') {
      if (value !== undefined) throw invalid(`${where}: source none must not have a value.`);
      if (stopConditions.length > 1) throw invalid(`${where}: source none must be the only one.`);
    } else if (source !== 'aws:cloudwatch:alarm') {
      throw invalid(`${where}: source must be none or aws:cloudwatch:alarm, got ${source}.`);
    } else if (!ALARM.test(value ?? '')) throw invalid(`${where}: value must be the ARN of an alarm, got ${value}.`);
  }
}

function checkLog({ cloudWatchLogsConfiguration, s3Configuration, logSchemaVersion }: Record<string, unknown>): void {
  if (!cloudWatchLogsConfiguration && !s3Configuration)
    throw invalid('logConfiguration: cloudWatchLogsConfiguration or s3Configuration is required.');
  if (logSchemaVersion !== 1 && logSchemaVersion !== 2)
    throw invalid(`logConfiguration.logSchemaVersion: must be 1 or 2, got ${String(logSchemaVersion)}.`);
}

function checkTarget(at: string, target: TargetSpec): void {
  const { resourceType, resourceArns = [], resourceTags = {}, filters = [], parameters = {}, selectionMode } = target;
  const type = RESOURCE_TYPES[resourceType];
  if (!type)
    throw invalid(`${at}: unknown resource type ${resourceType}; known: ${Object.keys(RESOURCE_TYPES).join(', ')}.`);
  if (!parseSelection(selectionMode))
    throw invalid(`${at}: selectionMode must be ALL, COUNT(n) or PERCENT(n), got ${selectionMode}.`);
  const tags = Object.keys(resourceTags).length;
  if (resourceArns.length > 0 && tags > 0)
    throw invalid(`${at}: resourceArns and resourceTags are mutually exclusive.`);
  if (resourceArns.length === 0 && tags === 0) throw invalid(`${at}: resourceArns or resourceTags are required.`);
  for (const arn of resourceArns) if (!IS_ARN.test(arn)) throw invalid(`${at}: ${arn} is not an ARN.`);
  if (resourceArns.length > 0 && filters.length > 0) throw invalid(`${at}: filters work with resourceTags only.`);
  for (const { path, values } of filters) {
    if (!type.filters?.includes(path))
      throw invalid(`${at}: ${resourceType} has no filter ${path}; known: ${type.filters?.join(', ') ?? 'none'}.`);
    if (values.length === 0) throw invalid(`${at}: the filter ${path} has no values.`);
  }
  checkParameters(at, parameters, Object.fromEntries(Object.entries(type.parameters).map(([n, p]) => [n, p.required])));
}

function checkParameters(at: string, given: Record<string, string>, known: Record<string, boolean>): void {
  const names = Object.keys(known).join(', ') || 'none';
  for (const name of Object.keys(given))
    if (!Object.hasOwn(known, name)) throw invalid(`${at}: unknown parameter ${name}; known: ${names}.`);
  for (const [name, isRequired] of Object.entries(known))
    if (isRequired && given[name] === undefined) throw invalid(`${at}: the parameter ${name} is required.`);
}

function checkAction(name: string, action: ActionSpec, { targets = {}, actions }: TemplateSpec): void {
  const at = `actions.${name}`;
  const { actionId, parameters = {}, targets: slots = {}, startAfter = [] } = action;
  const entry = ACTIONS[actionId];
  if (!entry) throw invalid(`${at}: unknown action ${actionId}.`);
  checkParameters(at, parameters, entry.parameters);
  for (const parameter of DURATIONS) {
    const given = parameters[parameter];
    if (given === undefined) continue;
    const ms = durationMs(given);
    const minMs = entry.minMs ?? MINUTE_MS;
    if (ms === null) throw invalid(`${at}.${parameter}: must be a duration such as PT1M, got ${given}.`);
    if (ms < minMs || ms > MAX_MS)
      throw invalid(`${at}.${parameter}: must be from PT${minMs / 1000}S to PT12H, got ${given}.`);
  }
  if (parameters['scope'] === 'prefix-list' && parameters['prefixListIdentifier'] === undefined)
    throw invalid(`${at}: scope prefix-list requires prefixListIdentifier.`);
  for (const [slot, target] of Object.entries(slots)) {
    const type = entry.targets[slot];
    if (type === undefined)
      throw invalid(
        `${at}: ${actionId} has no target ${slot}; known: ${Object.keys(entry.targets).join(', ') || 'none'}.`,
      );
    const found = targets[target];
    if (!found)
      throw invalid(`${at}: there is no target ${target}; known: ${Object.keys(targets).join(', ') || 'none'}.`);
    if (found.resourceType !== type)
      throw invalid(`${at}: ${slot} takes ${type}, but ${target} is ${found.resourceType}.`);
  }
  for (const slot of Object.keys(entry.targets))
    if (slots[slot] === undefined) throw invalid(`${at}: ${actionId} requires the target ${slot}.`);
  for (const other of startAfter) if (!actions[other]) throw invalid(`${at}.startAfter: there is no action ${other}.`);
}

/** The depth of each action in the startAfter graph. Throws if it has a cycle. */
function levelsOf(actions: Record<string, ActionSpec>): Map<string, number> {
  const levels = new Map<string, number>();
  const visit = (name: string, before: string[]): number => {
    if (before.includes(name))
      throw invalid(`actions.${name}: startAfter has a cycle: ${[...before, name].join(' → ')}.`);
    const known = levels.get(name);
    if (known !== undefined) return known;
    const others = actions[name]!.startAfter ?? [];
    const level = Math.max(0, ...others.map((other) => visit(other, [...before, name]) + 1));
    levels.set(name, level);
    return level;
  };
  for (const name of Object.keys(actions)) visit(name, []);
  return levels;
}
