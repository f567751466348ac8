/**
 * Verdicts on what sessions may miss of their own: one cell per limit and region. A session has its promise everywhere, so
 * regions that nothing is done to are held to it as well. How long a write may stay unseen is a limit without a share, and
 * is PASS only if reads were there that came later than that.
 */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { SessionFigures } from '../../src/formats/data-figures.ts';
import type { CellVerdict } from '../../src/formats/run-result.ts';
import { upperBound } from '../../src/statistics/binomial.ts';
import { ALPHA } from '../../src/statistics/decision.ts';
import { LIMIT_CLAIM } from '../limit-claims.ts';
import { type Finding, limitCell, NOTHING, seconds, shareStatus } from './limit-cell.ts';
import { noFigures } from './sessions.ts';
import type { Told } from './told.ts';
import type { SpoilingCheck } from './validity.ts';
import { count, percent } from './words.ts';

/** Cells in the order of LIMIT_CLAIM, then of the regions; none for limits that the experiment does not set. */
export function sessionCells(
  plan: RunPlan,
  sessions: SessionFigures[],
  checks: SpoilingCheck[],
  told: Told,
): CellVerdict[] {
  const { ownReadMs, goingBackShare } = plan.experiment?.limits ?? { ownReadMs: null, goingBackShare: null };
  const everywhere = (of: (figures: SessionFigures, region: number) => CellVerdict): CellVerdict[] =>
    plan.regions.map(({ id }, region) => of(sessions.find((s) => s.region === id) ?? noFigures(id), region));
  return [
    ...(ownReadMs === null
      ? []
      : everywhere((figures, region) => {
          const of = { claim: LIMIT_CLAIM.ownReads, region, limit: { ms: ownReadMs } };
          return limitCell(plan, of, ownReads(ownReadMs, figures, unreadWords(told)), checks);
        })),
    ...(goingBackShare === null
      ? []
      : everywhere((figures, region) => {
          const of = { claim: LIMIT_CLAIM.goingBack, region, limit: { share: goingBackShare } };
          return limitCell(plan, of, goingBack(goingBackShare, figures, unreadWords(told)), checks);
        })),
  ];
}

/** Why no version could be compared, where that is so. */
const unreadWords = (told: Told): string => {
  const said = told.inWords('unread-version');
  return said === '' ? '' : ` Versions must be whole numbers; ${said}.`;
};

function ownReads(limitMs: number, f: SessionFigures, unread: string): Finding {
  const limit = `at most ${seconds(limitMs)} allowed`;
  if (f.lateReads === 0)
    return {
      ...NOTHING,
      why: `Not tested: no read in ${f.region} began later than that after an own write or delete; ${limit}.${unread}`,
    };
  const seen = { valueMs: f.ownLongestMs, total: f.lateReads, bad: f.lateMissed };
  const missed =
    f.ownMissed === 0
      ? `All ${count(f.reads)} reads saw what their own session had written or deleted before`
      : `${count(f.ownMissed)} of ${count(f.reads)} reads did not see an own write or delete, the last ${seconds(f.ownLongestMs)} after it was acknowledged`;
  if (f.lateMissed > 0) return { status: 'FAIL', why: `${missed}; ${limit}.`, ...seen };
  const most = percent(upperBound(0, f.lateReads, ALPHA));
  const sure = `${count(f.lateReads)} reads began later than that: with 95 % confidence at most ${most} of such miss one`;
  return { status: 'PASS', why: `${missed}; ${limit}. ${sure}.`, ...seen };
}

function goingBack(most: number, { region, reads, goingBack: bad }: SessionFigures, unread: string): Finding {
  if (reads === 0) return { ...NOTHING, why: `Not tested: no session in ${region} read what it had written.${unread}` };
  const why = `${count(bad)} of ${count(reads)} reads showed an older version than their session had already seen (${percent(bad / reads)}); at most ${percent(most)} may.`;
  return { status: shareStatus(bad, reads, most), why, valueMs: null, total: reads, bad };
}
