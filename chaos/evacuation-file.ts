/** `evacuate:` of an experiment: its schema, and its conversion to the plan. */
import { z } from 'zod';
import { redacted } from '../src/config/arn.ts';
import { isAmong } from '../src/config/hosts.ts';
import type { CheckParams } from '../src/config/issue.ts';
import type { Target } from '../src/config/types.ts';
import { between } from '../src/config/values.ts';
import type { YamlFile, YamlPath } from '../src/config/places.ts';
import type { ErrorParts } from '../src/errors.ts';
import type { Evacuation, EvacuationStep } from '../src/formats/evacuation.ts';
import type { PlanFault } from '../src/formats/faults.ts';
import { FAULTS } from './faults/index.ts';
import { isLoopback } from './drivers/control-call.ts';
import { MAX_FAULT_SECONDS } from './limits.ts';

const URL_OR_PATH =
  "an http:// or https:// URL without a user, or a path of the world's control API, such as /evacuate/{region}";
const url = z
  .string(URL_OR_PATH)
  .regex(/^(?:https?:\/\/[^\s@#]+|\/[^\s/@#][^\s@#]*)$/, URL_OR_PATH)
  .describe("Sent as POST. A path alone is one of the world's control API. `{region}` is the affected region.");
const command = z
  .array(z.string())
  .min(1)
  .describe('A program and its arguments; no shell. `{region}` is the affected region.');

const step = { url: url.optional(), command: command.optional() };

function checkStep(
  given: { url?: string | undefined; command?: string[] | undefined },
  context: z.RefinementCtx,
): void {
  if ((given.url === undefined) !== (given.command === undefined)) return;
  const got = given.url === undefined ? 'neither' : 'both';
  const params: CheckParams = { what: 'a step needs either `url:` or `command:`', got, next: 'Keep one of them.' };
  if (got === 'neither') params.next = 'Add `url:` or `command:`.';
  context.addIssue({ code: 'custom', message: '`url:` or `command:`', params: { ...params } });
}

export const evacuationSchema = z
  .strictObject({
    afterSeconds: between(0, MAX_FAULT_SECONDS, 'seconds').describe('After the first fault took effect.'),
    ...step,
    timeoutSeconds: between(1, MAX_FAULT_SECONDS, 'seconds').default(60).describe('A step that takes longer fails.'),
    undo: z
      .strictObject(step)
      .superRefine(checkStep)
      .optional()
      .describe('Runs once all faults are cleared. Default: `<path>/end` for a path of the world, otherwise nothing.'),
  })
  .superRefine(checkStep)
  .describe('Moves users out of the affected region on request, once; how long that takes is measured.');

type Given = z.output<typeof evacuationSchema>;

const PLACE = '{region}';

/**
 * The evacuation of the plan for this target, or the mistakes with their places. Region and hosts are checked here: no
 * request goes to a host that the target does not allow.
 */
export function evacuationOf(
  given: Given,
  faults: PlanFault[],
  target: Target,
  file: YamlFile,
): Evacuation | ErrorParts[] {
  const regions = target.regions.map(({ id }) => id).filter((id) => faults.some((fault) => isEvacuated(fault, id)));
  const named = (text: string): string => text.replaceAll(PLACE, regions[0] ?? PLACE);
  const filled = (one: { url?: string | undefined; command?: string[] | undefined }): EvacuationStep =>
    one.url === undefined ? { command: one.command!.map(named) } : { url: named(one.url) };
  const ask = filled(given);
  const undo = given.undo ? filled(given.undo) : endOf(ask);
  const mistakes = [
    ...regionMistakes(given, regions, target, file),
    ...startsTooLate(given, faults, file),
    ...stepMistakes(ask, ['evacuate'], target, file),
    ...(given.undo && undo ? stepMistakes(undo, ['evacuate', 'undo'], target, file) : []),
  ];
  if (mistakes.length > 0) return mistakes;
  return {
    title: titleOf(ask),
    afterMs: given.afterSeconds * 1000,
    ask,
    undo,
    timeoutMs: given.timeoutSeconds * 1000,
    regions,
  };
}

/** `POST /evacuate/ap-southeast-1`, `aws arc-zonal-shift ...`: without account ids. */
const titleOf = (ask: EvacuationStep): string =>
  redacted('url' in ask ? `POST ${ask.url.replace(/\?.*$/, '')}` : ask.command.join(' '));

const isPath = (url: string): boolean => url.startsWith('/');

/** How a world undoes its own evacuation. */
const endOf = (ask: EvacuationStep): EvacuationStep | null =>
  'url' in ask && /^\/evacuate\/[^/?]+$/.test(ask.url) ? { url: `${ask.url}/end` } : null;

/** Whether users are moved out of this region; in a partition that is the first of the two. */
function isEvacuated({ kind, params }: PlanFault, id: string): boolean {
  const named = FAULTS[kind].regions(params);
  return named === 'all' || named[0] === id;
}

function regionMistakes(given: Given, regions: string[], target: Target, file: YamlFile): ErrorParts[] {
  if (regions.length === target.regions.length) {
    const expected = 'at least one region without a fault';
    return [
      {
        where: file.at(['evacuate'], 'key'),
        what: 'every region is affected: there is no region to evacuate to',
        expected,
      },
    ];
  }
  const text = JSON.stringify(given);
  if (regions.length === 1 || !text.includes(PLACE)) return [];
  return [
    {
      where: file.at(['evacuate'], 'key'),
      what: `\`${PLACE}\` is ambiguous: the faults affect ${regions.length} regions`,
      got: regions.join(', '),
      next: 'Write the name of the region instead.',
    },
  ];
}

/** It must start while a fault is open, or it could not be distinguished from routing that fails back. */
function startsTooLate({ afterSeconds }: Given, faults: PlanFault[], file: YamlFile): ErrorParts[] {
  const lastsMs = Math.max(...faults.map(({ toMs }) => toMs)) - Math.min(...faults.map(({ fromMs }) => fromMs));
  if (afterSeconds * 1000 < lastsMs) return [];
  return [
    {
      where: file.at(['evacuate', 'afterSeconds']),
      what: 'the faults are over before the evacuation starts',
      got: `${afterSeconds} s`,
      expected: `less than ${lastsMs / 1000} s`,
      next: 'Start it sooner, or let the faults last longer.',
    },
  ];
}

function stepMistakes(step: EvacuationStep, path: YamlPath, target: Target, file: YamlFile): ErrorParts[] {
  if ('command' in step) return [];
  const where = file.at([...path, 'url']);
  const next = 'Correct it.';
  if (/[{}]/.test(step.url)) return [{ where, what: 'unknown placeholder', got: step.url, expected: PLACE, next }];
  if (isPath(step.url)) {
    if (target.world !== null) return [];
    return [
      {
        where,
        what: `target ${target.name} is not a world: it has no control API that could serve this path`,
        got: step.url,
        expected: 'a full URL, or `command:`',
        next,
      },
    ];
  }
  if (!URL.canParse(step.url)) return [{ where, what: 'invalid URL', got: step.url, expected: URL_OR_PATH, next }];
  const { hostname } = new URL(step.url);
  if (isLoopback(hostname) || isAmong(hostname, target.allowHosts)) return [];
  return [
    {
      where,
      what: 'host not allowed',
      got: hostname,
      expected: `this machine, or a host of allowHosts (${target.allowHosts.join(', ') || 'it is empty'})`,
      next: `Add it to \`allowHosts:\` of target ${target.name} if requests to it are allowed.`,
    },
  ];
}
