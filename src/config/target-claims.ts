/** The claims of a target file: what a kind takes, and what it needs of the target. */
import { z } from 'zod';
import { CLAIMS, kindOf } from '../../claims/index.ts';
import { CLAIM_KINDS, type ClaimKind, SUBJECT_KINDS } from '../formats/claims.ts';
import { OPERATION_CLASSES, VANTAGES } from '../formats/plan.ts';
import { TRACER_OPERATIONS } from './default-claims.ts';
import type { Report } from './issue.ts';
import type { ParsedBlocks } from './target-data.ts';
import type { TargetClaim } from './types.ts';
import { between, kebabName, text, wholeBetween } from './values.ts';

const BAD_SHARE = 'a share above 0 and below 1, such as 0.01 for a p99';

/** Kinds that can be judged of load alone; the others speak of a fault, and are limits of experiments. */
const KINDS = CLAIM_KINDS.filter((kind) => {
  const its = CLAIMS[kind];
  return its.counts === 'requests' || its.isForLoad;
}) as [ClaimKind, ...ClaimKind[]];

export const claimSchema = z.strictObject({
  id: kebabName,
  title: text.optional(),
  kind: z.enum(KINDS),
  classes: z.array(z.enum(OPERATION_CLASSES)).min(1).optional().describe('Which requests count.'),
  vantage: z.enum(VANTAGES).optional().describe('Where they come from; any if left out.'),
  per: z
    .enum(SUBJECT_KINDS)
    .optional()
    .describe('What it is judged for, each by itself; left out, what its kind is usually about.'),
  gating: z.boolean().default(true),
  maxBadShare: z
    .number(BAD_SHARE)
    .gt(0, BAD_SHARE)
    .lt(1, BAD_SHARE)
    .optional()
    .describe('The most that may be bad: 0.01 for a p99.'),
  limitMs: between(0.1, 600_000, 'ms')
    .optional()
    .describe('For latency and staleness, and how late a session may see its own writes.'),
  plusPrimaryRoundTrip: z.boolean().optional().describe("Adds the region's round trip to the primary."),
  maxCount: wholeBetween(0, 1_000_000).optional().describe('The most things that may be wrong: 0 for lost writes.'),
});

type ParsedClaim = z.output<typeof claimSchema>;

/** What a claim may need of its target. */
interface Claimed extends ParsedBlocks {
  claims?: ParsedClaim[] | undefined;
  world?: string | undefined;
  primary?: string | undefined;
  observe: { region?: string | undefined; version?: string | undefined };
  versions: Record<string, number>;
  headers: Record<string, string>;
  operations: { name: string; path?: string | undefined; body?: string | undefined; headers: Record<string, string> }[];
}

/** What a kind must be given, may be given, and must not. */
function fieldsOf(kind: ClaimKind): { needs: (keyof ParsedClaim)[]; takes: (keyof ParsedClaim)[] } {
  const its = CLAIMS[kind];
  if (its.counts === 'requests') {
    const needs: (keyof ParsedClaim)[] = ['classes', 'maxBadShare'];
    return its.isLimitedInMs
      ? { needs: [...needs, 'limitMs'], takes: ['vantage', 'per', 'plusPrimaryRoundTrip'] }
      : { needs, takes: ['vantage', 'per', 'plusPrimaryRoundTrip'] };
  }
  const limit = { share: 'maxBadShare', time: 'limitMs', count: 'maxCount' } as const;
  return { needs: [limit[its.evidence]], takes: ['per'] };
}

const OPTIONAL = ['classes', 'vantage', 'per', 'maxBadShare', 'limitMs', 'plusPrimaryRoundTrip', 'maxCount'] as const;

const EXPECTED: Partial<Record<keyof ParsedClaim, string>> = {
  classes: 'a list of read, write, static and auth',
  maxBadShare: BAD_SHARE,
  limitMs: 'milliseconds',
  maxCount: 'a whole number',
};

export function checkClaims(target: Claimed, report: Report): void {
  for (const [i, claim] of (target.claims ?? []).entries()) {
    checkFields(claim, i, report);
    checkNeeds(claim, i, target, report);
    checkSubjects(claim, i, target, report);
    const at = (key: string): PropertyKey[] => ['claims', i, key];
    const twin = target.claims!.slice(0, i).find(({ kind, per }) => kind === claim.kind && per === claim.per);
    if (twin && CLAIMS[claim.kind].counts === 'findings')
      report(at('kind'), 'one claim of this kind', {
        what: `\`${twin.id}\` claims the same of the same data`,
        got: `${claim.kind} again`,
        next: 'Remove one.',
      });
    if (claim.plusPrimaryRoundTrip && target.primary === undefined) {
      const next = 'Add `primary:`, or remove the line.';
      report(at('plusPrimaryRoundTrip'), '`primary:` with it', { what: 'the target has no primary', next, at: 'key' });
    }
  }
}

function checkFields(claim: ParsedClaim, i: number, report: Report): void {
  const { needs, takes } = fieldsOf(claim.kind);
  for (const key of needs) {
    if (claim[key] !== undefined) continue;
    const what = key === 'limitMs' ? `claim \`${claim.id}\` has no limit` : `claim \`${claim.id}\` has no \`${key}\``;
    report(['claims', i], EXPECTED[key]!, { what, got: 'none', next: `Add \`${key}:\`.` });
  }
  for (const key of OPTIONAL) {
    if (claim[key] === undefined || needs.includes(key) || takes.includes(key)) continue;
    const what =
      key === 'limitMs'
        ? `a claim on ${claim.kind} knows no milliseconds`
        : `a claim on ${claim.kind} takes no \`${key}\``;
    report(['claims', i, key], 'none', { what, next: `Remove \`${key}:\`.`, at: 'key' });
  }
}

function checkNeeds({ kind }: ParsedClaim, i: number, target: Claimed, report: Report): void {
  const at: PropertyKey[] = ['claims', i, 'kind'];
  const { observe, operations, world } = target;
  if (kind === 'home-share' && !world && !observe.region) {
    const what = 'nothing says which region served';
    report(at, '`observe: { region: <header> }`', { what, next: 'Name the response header that says it.' });
  }
  const lacking = TRACER_OPERATIONS.filter((name) => !operations.some((o) => o.name === name));
  if (kind === 'staleness' && lacking.length > 0)
    report(at, `operations ${TRACER_OPERATIONS.join(' and ')}`, {
      what: 'staleness is measured by writing one known record and reading it',
      got: `no ${lacking.join(', no ')}`,
      next: 'Add them, or remove the claim.',
    });
  const its = kindOf(kind);
  const block = its.counts === 'findings' ? its.block : undefined;
  if (block !== undefined && target[block as keyof ParsedBlocks] === undefined)
    report(at, `\`${block}:\` of the target`, {
      what: `nothing says how ${kind} is to be measured`,
      got: `no \`${block}:\``,
      next: 'Add it, or remove the claim.',
    });
}

/** Whether the kind can be judged for what the claim is about, and answers say enough to tell whom they are for. */
function checkSubjects({ kind, per, vantage }: ParsedClaim, i: number, target: Claimed, report: Report): void {
  const at = (key: string): PropertyKey[] => ['claims', i, key];
  const { subjects } = kindOf(kind);
  if (per === undefined) return;
  if (!subjects.includes(per)) {
    const next = `Write one of them, or remove \`per:\`.`;
    report(at('per'), subjects.join(', '), { what: `${kind} is not judged by ${per}`, got: per, next });
  }
  if (per === 'origin' && vantage === 'region') {
    const next = 'Write `vantage: client`, or `per: region`.';
    report(at('vantage'), 'client or any for a claim per origin', { what: 'no city stands in a region', next });
  }
  if (per === 'version' && (Object.keys(target.versions).length === 0 || (!target.world && !target.observe.version))) {
    report(at('per'), '`versions:` and `observe: { version: <header> }` of the target', {
      what: 'nothing says which versions there are and which one answered',
      next: 'Add them, or remove the line.',
    });
  }
  const saysTenant = (part: { path?: string | undefined; body?: string | undefined; headers: object }): boolean =>
    `${part.path} ${part.body} ${Object.values(part.headers).join(' ')}`.includes('{tenant}');
  if (per === 'tenant' && !saysTenant(target) && !target.operations.some(saysTenant)) {
    report(at('per'), '{tenant} in a header, a path or a body', {
      what: 'no request says whose it is',
      next: 'Add it, or remove the line.',
    });
  }
}

/** The claim of a parsed and checked one. */
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
});
