/** The claims of a target file: the keys of each kind, and what it needs from the target. */
import { z } from 'zod';
import { CLAIMS, kindOf } from '../../claims/index.ts';
import { CLAIM_KINDS, type ClaimKind, SUBJECT_KINDS } from '../formats/claims.ts';
import { SOURCES } from '../formats/recording.ts';
import { OPERATION_CLASSES, VANTAGES } from '../formats/plan.ts';
import { TRACER_OPERATIONS } from './default-claims.ts';
import type { Report } from './issue.ts';
import type { ParsedBlocks } from './target-data.ts';
import type { TargetClaim } from './types.ts';
import { between, kebabName, text, wholeBetween } from './values.ts';

const BAD_SHARE = 'a share above 0 and below 1, such as 0.01 for a p99';

/** Kinds that can be judged without a fault; the others are limits of experiments. */
const KINDS = CLAIM_KINDS.filter((kind) => {
  const its = CLAIMS[kind];
  return its.judges === 'requests' || its.isForLoad;
}) as [ClaimKind, ...ClaimKind[]];

export const claimSchema = z.strictObject({
  id: kebabName,
  title: text.optional(),
  kind: z.enum(KINDS),
  classes: z.array(z.enum(OPERATION_CLASSES)).min(1).optional().describe('Which requests count.'),
  vantage: z.enum(VANTAGES).optional().describe('Where requests come from; any if left out.'),
  per: z
    .enum(SUBJECT_KINDS)
    .optional()
    .describe('What is judged separately, such as each region; left out: the default of the kind.'),
  gating: z.boolean().default(true),
  maxBadShare: z
    .number(BAD_SHARE)
    .gt(0, BAD_SHARE)
    .lt(1, BAD_SHARE)
    .optional()
    .describe('Largest allowed share of bad requests: 0.01 for a p99.'),
  limitMs: between(0.1, 600_000, 'ms')
    .optional()
    .describe('Limit for latency and staleness, and for the delay until a session sees its own writes.'),
  plusPrimaryRoundTrip: z.boolean().optional().describe("Adds the region's round trip to the primary."),
  sources: z
    .array(z.enum(SOURCES).exclude(['unknown']))
    .min(1)
    .optional()
    .describe('Where the data of responses may come from, as their header `observe.source` names it.'),
  maxCount: wholeBetween(0, 1_000_000).optional().describe('Largest allowed number of violations: 0 for lost writes.'),
});

type ParsedClaim = z.output<typeof claimSchema>;

/** The parts of a target that claims may need. */
interface Claimed extends ParsedBlocks {
  claims?: ParsedClaim[] | undefined;
  world?: string | undefined;
  primary?: string | undefined;
  observe: { region?: string | undefined; source?: string | undefined; version?: string | undefined };
  versions: Record<string, number>;
  headers: Record<string, string>;
  operations: { name: string; path?: string | undefined; body?: string | undefined; headers: Record<string, string> }[];
}

/** The required and the optional keys of a kind. */
function fieldsOf(kind: ClaimKind): { needs: (keyof ParsedClaim)[]; takes: (keyof ParsedClaim)[] } {
  const its = CLAIMS[kind];
  if (its.judges === 'requests') {
    const needs: (keyof ParsedClaim)[] = ['classes', 'maxBadShare'];
    if (its.isLimitedInMs) needs.push('limitMs');
    if (its.namesSources) needs.push('sources');
    return { needs, takes: ['vantage', 'per', 'plusPrimaryRoundTrip'] };
  }
  const limit = { share: 'maxBadShare', time: 'limitMs', count: 'maxCount' } as const;
  return { needs: [limit[its.evidence]], takes: ['per'] };
}

const OPTIONAL = [
  'classes',
  'vantage',
  'per',
  'maxBadShare',
  'limitMs',
  'plusPrimaryRoundTrip',
  'sources',
  'maxCount',
] as const;

const EXPECTED: Partial<Record<keyof ParsedClaim, string>> = {
  classes: 'a list of read, write, static and auth',
  maxBadShare: BAD_SHARE,
  limitMs: 'a limit in milliseconds',
  maxCount: 'a whole number',
  sources: 'a list of primary, replica, cache, edge and none',
};

export function checkClaims(target: Claimed, report: Report): void {
  for (const [i, claim] of (target.claims ?? []).entries()) {
    checkFields(claim, i, report);
    checkNeeds(claim, i, target, report);
    checkSubjects(claim, i, target, report);
    const at = (key: string): PropertyKey[] => ['claims', i, key];
    const duplicate = target.claims!.slice(0, i).find(({ kind, per }) => kind === claim.kind && per === claim.per);
    if (duplicate && CLAIMS[claim.kind].judges === 'figures')
      report(at('kind'), 'one claim of this kind', {
        what: `duplicate of claim \`${duplicate.id}\``,
        got: `${claim.kind} again`,
        next: 'Remove one.',
      });
    if (claim.plusPrimaryRoundTrip && target.primary === undefined) {
      const next = 'Add `primary:`, or remove the line.';
      report(at('plusPrimaryRoundTrip'), '`primary:` in the target', {
        what: '`plusPrimaryRoundTrip` needs a primary',
        got: 'no `primary:`',
        next,
        at: 'key',
      });
    }
  }
}

function checkFields(claim: ParsedClaim, i: number, report: Report): void {
  const { needs, takes } = fieldsOf(claim.kind);
  for (const key of needs) {
    if (claim[key] !== undefined) continue;
    const what = `claim \`${claim.id}\` has no \`${key}\``;
    report(['claims', i], EXPECTED[key]!, { what, got: 'none', next: `Add \`${key}:\`.` });
  }
  for (const key of OPTIONAL) {
    if (claim[key] === undefined || needs.includes(key) || takes.includes(key)) continue;
    const what = `a claim of kind ${claim.kind} takes no \`${key}\``;
    report(['claims', i, key], 'none', { what, next: `Remove \`${key}:\`.`, at: 'key' });
  }
}

function checkNeeds({ kind }: ParsedClaim, i: number, target: Claimed, report: Report): void {
  const at: PropertyKey[] = ['claims', i, 'kind'];
  const { observe, operations, world } = target;
  if (kind === 'home-share' && !world && !observe.region) {
    const what = 'a claim of kind home-share needs a response header that names the region';
    const got = 'no `observe.region`';
    report(at, '`observe: { region: <header> }`', { what, got, next: 'Add that header, or remove the claim.' });
  }
  if (kind === 'data-source' && !world && !observe.source) {
    const what = 'a claim of kind data-source needs a response header that names the source of the data';
    const got = 'no `observe.source`';
    report(at, '`observe: { source: <header> }`', { what, got, next: 'Add that header, or remove the claim.' });
  }
  const missing = TRACER_OPERATIONS.filter((name) => !operations.some((o) => o.name === name));
  if (kind === 'staleness' && missing.length > 0)
    report(at, `operations ${TRACER_OPERATIONS.join(' and ')}`, {
      what: 'a claim of kind staleness needs operations that write and read one known record',
      got: `no ${missing.join(', no ')}`,
      next: 'Add them, or remove the claim.',
    });
  const its = kindOf(kind);
  const block = its.judges === 'figures' ? its.block : undefined;
  if (block !== undefined && target[block as keyof ParsedBlocks] === undefined)
    report(at, `\`${block}:\` in the target`, {
      what: `a claim of kind ${kind} needs \`${block}:\``,
      got: `no \`${block}:\``,
      next: 'Add it, or remove the claim.',
    });
}

/** Checks that the kind can be judged per this subject, and that requests or responses name the subject. */
function checkSubjects({ kind, per, vantage }: ParsedClaim, i: number, target: Claimed, report: Report): void {
  const at = (key: string): PropertyKey[] => ['claims', i, key];
  const { subjects } = kindOf(kind);
  if (per === undefined) return;
  if (!subjects.includes(per)) {
    const next = `Write one of them, or remove \`per:\`.`;
    report(at('per'), subjects.join(', '), {
      what: `a claim of kind ${kind} cannot be judged per ${per}`,
      got: per,
      next,
    });
  }
  if (per === 'origin' && vantage === 'region') {
    const next = 'Write `vantage: client`, or `per: region`.';
    report(at('vantage'), 'client or any', { what: 'a claim per origin cannot use `vantage: region`', next });
  }
  if (per === 'version' && (Object.keys(target.versions).length === 0 || (!target.world && !target.observe.version))) {
    report(at('per'), '`versions:` and `observe: { version: <header> }` in the target', {
      what: 'a claim per version needs versions and a response header that names the version',
      next: 'Add them, or remove the line.',
    });
  }
  const namesTenant = (part: { path?: string | undefined; body?: string | undefined; headers: object }): boolean =>
    `${part.path} ${part.body} ${Object.values(part.headers).join(' ')}`.includes('{tenant}');
  if (per === 'tenant' && !namesTenant(target) && !target.operations.some(namesTenant)) {
    report(at('per'), '{tenant} in a header, a path or a body', {
      what: 'a claim per tenant needs requests that name the tenant',
      next: 'Add it, or remove the line.',
    });
  }
}

/** The claim with its defaults. */
export const claimOf = ({ title, ...claim }: ParsedClaim): TargetClaim => ({
  id: claim.id,
  title: title ?? claim.id,
  kind: claim.kind,
  classes: claim.classes ?? [...OPERATION_CLASSES],
  vantage: claim.vantage ?? 'any',
  per: claim.per ?? kindOf(claim.kind).subjects[0],
  gating: claim.gating,
  maxBadShare: claim.maxBadShare ?? 0,
  limitMs: claim.limitMs ?? null,
  plusPrimaryRoundTrip: claim.plusPrimaryRoundTrip ?? false,
  maxCount: claim.maxCount ?? null,
  ...(claim.sources === undefined ? {} : { sources: claim.sources }),
});
