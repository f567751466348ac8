/** `evacuate:` of an experiment: its schema, and the way from there to what a plan carries. */
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
import { MOST_FAULT_SECONDS } from './limits.ts';

const URL_OR_PATH =
  "an http:// or https:// address without user, or a path of the world's control, such as /evacuate/{region}";
const url = z
  .string(URL_OR_PATH)
  .regex(/^(?:https?:\/\/[^\s@#]+|\/[^\s/@#][^\s@#]*)$/, URL_OR_PATH)
  .describe("Asked by POST. A path alone is one of the world's control. `{region}` is the hurt region.");
const command = z
  .array(z.string())
  .min(1)
  .describe('A program and its arguments; no shell. `{region}` is the hurt region.');

const step = { url: url.optional(), command: command.optional() };

/** A step is one of the two. */
function checkStep(
  given: { url?: string | undefined; command?: string[] | undefined },
  context: z.RefinementCtx,
): void {
  if ((given.url === undefined) !== (given.command === undefined)) return;
  const got = given.url === undefined ? 'neither' : 'both';
  const params: CheckParams = { what: 'an evacuation is asked for in one way', got, next: 'Leave one of them.' };
  if (got === 'neither') params.next = 'Add `url:` or `command:`.';
  context.addIssue({ code: 'custom', message: '`url:` or `command:`', params: { ...params } });
}

export const evacuationSchema = z
  .strictObject({
    afterSeconds: between(0, MOST_FAULT_SECONDS, 'seconds').describe('After the first fault was seen to bite.'),
    ...step,
    timeoutSeconds: between(1, MOST_FAULT_SECONDS, 'seconds').default(60).describe('What takes longer has failed.'),
    undo: z
      .strictObject(step)
      .superRefine(checkStep)
      .optional()
      .describe('Once nothing is broken any more. Left out: `/end` behind a path of the world, nothing else.'),
  })
  .superRefine(checkStep)
  .describe('Takes people out of the hurt region by hand, once; how long that takes is measured.');

type Given = z.output<typeof evacuationSchema>;

const PLACE = '{region}';

/**
 * What a plan carries of it, against this target; or the mistakes, at their places. Region and hosts are checked here:
 * nothing is ever asked of a host that the target does not allow.
 */
export function evacuationOf(
  given: Given,
  faults: PlanFault[],
  target: Target,
  file: YamlFile,
): Evacuation | ErrorParts[] {
  const regions = target.regions.map(({ id }) => id).filter((id) => faults.some((fault) => isLeft(fault, id)));
  const named = (text: string): string => text.replaceAll(PLACE, regions[0] ?? PLACE);
  const filled = (one: { url?: string | undefined; command?: string[] | undefined }): EvacuationStep =>
    one.url === undefined ? { command: one.command!.map(named) } : { url: named(one.url) };
  const ask = filled(given);
  const undo = given.undo ? filled(given.undo) : endOf(ask);
  const mistakes = [
    ...regionMistakes(given, regions, target, file),
    ...tooLate(given, faults, file),
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

/** What a world undoes its own evacuation by. */
const endOf = (ask: EvacuationStep): EvacuationStep | null =>
  'url' in ask && /^\/evacuate\/[^/?]+$/.test(ask.url) ? { url: `${ask.url}/end` } : null;

/** Whether people are taken out of this region: of two that lose each other, out of the first. */
function isLeft({ kind, params }: PlanFault, id: string): boolean {
  const named = FAULTS[kind].regions(params);
  return named === 'all' || named[0] === id;
}

function regionMistakes(given: Given, regions: string[], target: Target, file: YamlFile): ErrorParts[] {
  if (regions.length === target.regions.length) {
    const expected = 'a region that is left';
    return [{ where: file.at(['evacuate'], 'key'), what: 'every region is hurt: there is nowhere to go', expected }];
  }
  const text = JSON.stringify(given);
  if (regions.length === 1 || !text.includes(PLACE)) return [];
  return [
    {
      where: file.at(['evacuate'], 'key'),
      what: `\`${PLACE}\` is not one region: the faults hurt ${regions.length}`,
      got: regions.join(', '),
      next: 'Write the region out.',
    },
  ];
}

/** It must be asked for while something is broken, or it could not be told from routing that comes back. */
function tooLate({ afterSeconds }: Given, faults: PlanFault[], file: YamlFile): ErrorParts[] {
  const lastsMs = Math.max(...faults.map(({ toMs }) => toMs)) - Math.min(...faults.map(({ fromMs }) => fromMs));
  if (afterSeconds * 1000 < lastsMs) return [];
  return [
    {
      where: file.at(['evacuate', 'afterSeconds']),
      what: 'the faults are over before the evacuation is asked for',
      got: `${afterSeconds} s`,
      expected: `less than ${lastsMs / 1000} s`,
      next: 'Let it begin sooner, or the faults last longer.',
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
        what: `target ${target.name} is no world, and has no control that a path could be one of`,
        got: step.url,
        expected: 'a whole address, or `command:`',
        next,
      },
    ];
  }
  if (!URL.canParse(step.url))
    return [{ where, what: 'this is no address', got: step.url, expected: URL_OR_PATH, next }];
  const { hostname } = new URL(step.url);
  if (isLoopback(hostname) || isAmong(hostname, target.allowHosts)) return [];
  return [
    {
      where,
      what: 'this host is not allowed',
      got: hostname,
      expected: `this machine, or a host of allowHosts (${target.allowHosts.join(', ') || 'it is empty'})`,
      next: `Add it to \`allowHosts:\` of target ${target.name} if it may be asked.`,
    },
  ];
}
