/**
 * From counts to verdicts. PASS iff the one-sided 95 % Clopper-Pearson upper bound of the bad share is within the
 * limit, FAIL iff the lower bound is beyond it (by Holm's procedure over all cells that gate, or over all that do not),
 * else INCONCLUSIVE. Counts are divided by the design effect first. Silence never passes.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { ShareVerdict } from '../../run-result.ts';
import { exceedance, lowerBound, upperBound } from '../../../src/statistics/binomial.ts';
import { ALPHA } from '../../../src/statistics/decision.ts';
import { designEffect } from '../../../src/statistics/design-effect.ts';
import { holmRejections } from '../../../src/statistics/holm.ts';
import { isTooClose, requestsToSettle } from '../../../src/statistics/requests-to-settle.ts';
import { requestKind } from '../../../claims/scope.ts';
import type { RequestTally } from '../../../claims/tally.ts';
import { roundOrNull } from '../../../src/statistics/histogram.ts';
import type { RecordingNotes } from '../../../claims/recording-notes.ts';
import { type RegionalCheck, invalidates } from '../validity/check.ts';
import { SUBJECTS } from '../../../claims/subjects.ts';
import { count, list, percent, percentAsWritten, percentBeside, plural } from '../../../src/formats/words.ts';

/** With a smaller share of the planned requests the reason mentions it. */
const MIN_PLANNED_SHARE = 0.5;

/** One verdict per cell of the plan, in the plan's order. */
export function requestCells(
  plan: RunPlan,
  tallies: RequestTally[],
  checks: RegionalCheck[],
  notes: RecordingNotes,
): ShareVerdict[] {
  const figures = tallies.map((tally) => countsOf(tally));
  const failed = tallies.map(() => false);
  const familySize = tallies.map(() => 0);
  for (const gating of [true, false]) {
    const family = [...tallies.keys()].filter(
      (i) => tallies[i]!.claim.gating === gating && !tallies[i]!.cell.infeasible,
    );
    const rejections = holmRejections(
      family.map((i) => {
        const { bad, total, deff } = figures[i]!;
        return exceedance(bad / deff, total / deff, tallies[i]!.claim.maxBadShare);
      }),
      ALPHA,
    );
    for (const [rank, i] of family.entries()) {
      failed[i] = rejections[rank]!;
      familySize[i] = family.length;
    }
  }
  return tallies.map((tally, i) => {
    const { cell, claim, values } = tally;
    const { bad, total, deff } = figures[i]!;
    const subject = SUBJECTS[claim.per].ids(plan)[cell.subject]!;
    const upper = total === 0 ? null : upperBound(bad / deff, total / deff, ALPHA);
    const lower = total === 0 ? null : lowerBound(bad / deff, total / deff, ALPHA);
    const doubtful = isDoubtful(tally, figures[i]!);
    const decision = doubtful ? 'INCONCLUSIVE' : decide(upper, claim.maxBadShare, failed[i]!, tally.reached);
    const needed = requestsToSettle({
      bad,
      total,
      maxBadShare: claim.maxBadShare,
      designEffect: deff,
      passAlpha: ALPHA,
      failAlpha: ALPHA / Math.max(1, familySize[i]!),
    });
    const isSettled = decision !== 'INCONCLUSIVE';
    const isHopeless = doubtful || tally.reached === 0 || needed === null;
    const lacking = isSettled ? 0 : isHopeless ? null : needed - total;
    const verdict: ShareVerdict = {
      evidence: 'share',
      claim: claim.id,
      kind: claim.kind,
      subject,
      gating: claim.gating,
      status: cell.infeasible ? 'INFEASIBLE' : decision,
      why: '',
      limitMs: cell.limitMs,
      floorMs: cell.floorMs,
      maxBadShare: claim.maxBadShare,
      total,
      bad,
      badShare: total === 0 ? null : bad / total,
      lowerShare: lower,
      upperShare: upper,
      designEffect: deff,
      valueMs: roundOrNull(values?.quantileMs(1 - claim.maxBadShare) ?? null),
      requestsLacking: cell.infeasible ? null : lacking,
    };
    verdict.why = reason(verdict, tally, notes);
    const home = SUBJECTS[claim.per].home(plan, cell.subject);
    const spoiled = checks.filter((c) => invalidates(c, home));
    if (spoiled.length > 0 && verdict.status !== 'INFEASIBLE') {
      verdict.why = `The run is invalid (${list(spoiled.map((c) => c.id))}). Otherwise it would be ${verdict.status}: ${verdict.why}`;
      verdict.status = 'INVALID';
    }
    return verdict;
  });
}

type Decision = 'PASS' | 'FAIL' | 'INCONCLUSIVE';

/** PASS needs user requests. FAIL does not: a slow probe is proof enough. */
function decide(upper: number | null, maxBadShare: number, failed: boolean, reached: number): Decision {
  if (upper === null) return 'INCONCLUSIVE';
  if (failed) return 'FAIL';
  return upper <= maxBadShare && reached > 0 ? 'PASS' : 'INCONCLUSIVE';
}

/** Whether a home share would not hold if all responses without a region came from another one. A FAIL stands. */
function isDoubtful({ claim, unnamed, total }: RequestTally, { bad, deff }: { bad: number; deff: number }): boolean {
  const n = total.reduce((a, b) => a + b, 0);
  if (unnamed === 0 || lowerBound(bad / deff, (n + unnamed) / deff, ALPHA) > claim.maxBadShare) return false;
  return upperBound((bad + unnamed) / deff, (n + unnamed) / deff, ALPHA) > claim.maxBadShare;
}

function countsOf({ total, bad }: RequestTally): { total: number; bad: number; deff: number } {
  const sum = (counts: Uint32Array): number => counts.reduce((a, b) => a + b, 0);
  return { total: sum(total), bad: sum(bad), deff: designEffect(bad, total) };
}

function reason(
  v: ShareVerdict,
  { claim, cell, reached, causes, unnamed }: RequestTally,
  notes: RecordingNotes,
): string {
  const kind = requestKind(claim)!;
  const event = kind.badWords(v.limitMs);
  const thin =
    v.total < MIN_PLANNED_SHARE * cell.plannedRequests
      ? ` Only ${count(v.total)} of ${count(cell.plannedRequests)} planned requests counted.`
      : '';
  if (v.status === 'INFEASIBLE') {
    const seen = v.badShare === null ? '' : ` ${found(v, kind.item, event)}`;
    return `Even a target that responds at once cannot keep ${Math.round(v.limitMs ?? 0)} ms here; the lowest possible limit is ${Math.round(v.floorMs ?? 0)} ms.${seen}`;
  }
  if (v.total === 0 || (reached === 0 && v.status !== 'FAIL')) {
    const who = SUBJECTS[claim.per].noRequests(v.subject);
    if (unnamed > 0) return `Not tested: no response named a region of this target; ${unnamedWords(unnamed, notes)}.`;
    if (reached === 0) return `Not tested: ${who}.${thin}`;
    return `Not tested: there is no request to judge.${thin}`;
  }
  const seen = found(v, kind.item, event);
  const limit = `the limit is ${percentAsWritten(v.maxBadShare)}`;
  const beside = (share: number | null): string => percentBeside(share, v.maxBadShare);
  if (v.status === 'PASS')
    return `${seen} With 95 % confidence the true share is at most ${beside(v.upperShare)}; ${limit}.${thin}`;
  if (v.status === 'FAIL')
    return `${seen} With 95 % confidence the true share is at least ${beside(v.lowerShare)}; ${limit}.${causes.inWords(notes)}${thin}`;
  if (v.status === 'INCONCLUSIVE' && unnamed > 0)
    return `${seen} But ${count(unnamed)} more responses named no region of this target; ${limit}: ${unnamedWords(unnamed, notes)}.`;
  const more =
    v.requestsLacking === null || isTooClose(v.requestsLacking, v.total)
      ? 'That is too close to the limit for a longer run to decide'
      : `About ${count(v.requestsLacking)} more requests would decide it`;
  return `${seen} The true share is between ${beside(v.lowerShare)} and ${beside(v.upperShare)}; ${limit}. ${more}.${thin}`;
}

/** `35 of 1,254 requests took longer than 120 ms or failed (2.8 %).` */
const found = ({ bad, total, badShare }: ShareVerdict, one: string, event: string): string =>
  `${count(bad)} of ${plural(total, one)} ${bad === 1 ? event.replace(/^were /, 'was ') : event} (${percent(badShare)}).`;

function unnamedWords(unnamed: number, notes: RecordingNotes): string {
  const values = notes.inWords('unknown-region');
  return values === ''
    ? `the region header was missing in ${count(unnamed)} of them`
    : `the region header was ${values}`;
}
