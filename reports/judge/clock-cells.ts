/**
 * Verdicts on the limits of an experiment, one cell per limit and region it may hurt, from the figures of the failover
 * clock. The worst of its faults decides. A time is PASS when the whole interval in which it lies is within the limit,
 * FAIL when all of it is beyond or it never came, INCONCLUSIVE when too little was seen to say.
 */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { LedgerFigures } from '../../src/formats/data-figures.ts';
import type { CellVerdict, CohortFailover, FaultFigures, RegionFailover } from '../../src/formats/run-result.ts';
import { LIMIT_CLAIM } from '../limit-claims.ts';
import { LEAST_PER_SECOND } from './failover-figures.ts';
import { type Finding, type Limit, limitCell, NOTHING, seconds, shareStatus } from './limit-cell.ts';
import type { SpoilingCheck } from './validity.ts';
import { count, list, percent } from './words.ts';

const AT_HOME = 'at home again';

/** One finding of one fault in one region. */
type Judge = (figures: RegionFailover) => Finding;

/** Cells in the order of LIMIT_CLAIM, then of the experiment's regions. Staleness is judged with the plan's cells. */
export function clockCells(
  plan: RunPlan,
  faults: FaultFigures[],
  ledger: LedgerFigures | null,
  checks: SpoilingCheck[],
): CellVerdict[] {
  if (plan.experiment === null) return [];
  const { limits, regions } = plan.experiment;
  const ms = (of: number | null): Limit | null => (of === null ? null : { ms: of });
  const counted = (of: number | null): Limit | null => (of === null ? null : { count: of });
  const share = (of: number | null): Limit | null => (of === null ? null : { share: of });
  const judges: [claim: string, limit: Limit | null, judge: Judge][] = [
    [LIMIT_CLAIM.rto, ms(limits.rtoMs), (f) => rto(limits.rtoMs!, f)],
    [LIMIT_CLAIM.failBack, ms(limits.failBackMs), (f) => after(limits.failBackMs!, f, f.failBackMs, AT_HOME)],
    [LIMIT_CLAIM.recovery, ms(limits.recoveryMs), (f) => after(limits.recoveryMs!, f, f.recoveryMs, 'as before')],
    [LIMIT_CLAIM.badShare, share(limits.badShare), (f) => badShare(limits.badShare!, f)],
    [LIMIT_CLAIM.lostWrites, counted(limits.lostWrites), () => lostWrites(limits.lostWrites!, ledger)],
    [LIMIT_CLAIM.divergentWrites, limits.lostWrites === null ? null : { count: 0 }, () => divergentWrites(ledger)],
  ];
  return judges.flatMap(([claim, limit, judge]) =>
    limit === null
      ? []
      : regions.map((region): CellVerdict => {
          const { id } = plan.regions[region]!;
          const findings = faults.flatMap((fault) => {
            const figures = fault.regions.find((f) => f.region === id);
            return figures ? [{ ...judge(figures), fault }] : [];
          });
          const worst = counting(claim, findings).toSorted((a, b) => severity(b) - severity(a))[0];
          const finding =
            worst && faults.length > 1 ? { ...worst, why: `${worst.fault.title}: ${worst.why}` } : (worst ?? NOTHING);
          return limitCell(plan, { claim, region, limit }, finding, checks);
        }),
  );
}

/**
 * The findings that count. What comes after a heal cannot be asked of a fault that the next one followed too soon: where
 * that leaves it undecided, the later ones speak. The last fault always does.
 */
function counting<T extends Finding & { fault: FaultFigures }>(claim: string, findings: T[]): T[] {
  if (claim !== LIMIT_CLAIM.failBack && claim !== LIMIT_CLAIM.recovery) return findings;
  const lastMs = Math.max(...findings.map(({ fault }) => fault.t1Ms ?? Infinity));
  return findings.filter(({ status, fault }) => status !== 'INCONCLUSIVE' || (fault.t1Ms ?? Infinity) === lastMs);
}

/** FAIL before INCONCLUSIVE before PASS; of equals the later time. */
const severity = ({ status, valueMs }: Finding): number =>
  ['PASS', 'INCONCLUSIVE', 'FAIL'].indexOf(status) * 1e12 + (valueMs ?? (status === 'FAIL' ? 1e11 : 0));

/** What the clock looked at: requests of every cohort that was timed. */
const lookedAt = ({ cohorts }: RegionFailover): { total: number; bad: number } =>
  sum(cohorts.filter((cohort) => cohort.timed && cohort.cohort !== 'writes'));

const sum = (cohorts: CohortFailover[]): { total: number; bad: number } => ({
  total: cohorts.reduce((all, { requests }) => all + requests, 0),
  bad: cohorts.reduce((all, { bad }) => all + bad, 0),
});

const tooFew = (figures: RegionFailover): string =>
  `Not tested: no cohort of clients at home in ${figures.region} sent ${LEAST_PER_SECOND} requests a second, so there is no clock.`;

function rto(limitMs: number, f: RegionFailover): Finding {
  const seen = { valueMs: f.rtoToMs, ...lookedAt(f) };
  if (!f.timed) return { status: 'INCONCLUSIVE', why: tooFew(f), ...seen };
  const untimed = f.untimed.length === 0 ? '' : ` Too few requests to time ${list(f.untimed)}.`;
  const limit = `at most ${seconds(limitMs)} allowed`;
  if (f.rtoFromMs === null || f.rtoToMs === null) {
    const who = f.cohorts
      .filter((c) => c.timed && c.rtoToMs === null && !f.apart.includes(c.cohort))
      .map((c) => c.cohort);
    return {
      status: 'FAIL',
      why: `Clients (${list(who)}) were not served again before the fault was undone; ${limit}.${untimed}`,
      ...seen,
    };
  }
  const found =
    f.rtoToMs === 0
      ? 'No second was bad, so there was nothing to recover from'
      : `Served again between ${seconds(f.rtoFromMs)} and ${seconds(f.rtoToMs)} after the bite`;
  const status = f.rtoToMs <= limitMs ? 'PASS' : f.rtoFromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
  return { status, why: `${found}; ${limit}.${untimed}`, ...seen };
}

function after(limitMs: number, f: RegionFailover, valueMs: number | null, what: string): Finding {
  const returning = f.cohorts.filter(({ cohort }) => cohort === 'fresh' || cohort === 'ttl');
  const seen = { valueMs, ...sum(returning) };
  const limit = `at most ${seconds(limitMs)} allowed`;
  if (!f.timedAfter) return { status: 'INCONCLUSIVE', why: tooFew(f), ...seen };
  if (!f.hasBaseline)
    return { status: 'INCONCLUSIVE', why: `Not tested: there is no baseline that says what "${what}" is.`, ...seen };
  if (what === AT_HOME && !f.namesRegions)
    return {
      status: 'INCONCLUSIVE',
      why: `Not tested: before the fault no answer said that ${f.region} had served it, so nobody can tell when clients are ${what}.`,
      ...seen,
    };
  if (valueMs !== null) {
    const status = valueMs <= limitMs ? 'PASS' : 'FAIL';
    return { status, why: `Clients were ${what} ${seconds(valueMs)} after the heal; ${limit}.`, ...seen };
  }
  const never = `Clients were not ${what} in the ${seconds(f.watchedMs)} after the heal that were watched`;
  return f.watchedMs < limitMs
    ? { status: 'INCONCLUSIVE', why: `${never}; ${limit}, so nothing is decided.`, ...seen }
    : { status: 'FAIL', why: `${never}; ${limit}.`, ...seen };
}

function badShare(most: number, f: RegionFailover): Finding {
  const { requests: total, bad } = f;
  const seen = { valueMs: null, total, bad };
  if (total === 0)
    return { status: 'INCONCLUSIVE', why: `Not tested: nobody at home in ${f.region} sent one.`, ...seen };
  const status = shareStatus(bad, total, most);
  const why = `${count(bad)} of ${count(total)} failed while the fault lasted (${percent(bad / total)}); at most ${percent(most)} may.`;
  return { status, why, ...seen };
}

/** A declared limit that nothing measured must not pass in silence. What is lost is lost everywhere: one figure for all. */
function lostWrites(most: number, ledger: LedgerFigures | null): Finding {
  const limit = `at most ${count(most)} may be`;
  if (ledger === null || ledger.lost === null || ledger.acknowledged === 0)
    return {
      ...NOTHING,
      why: `Not tested: nothing in this run says whether acknowledged writes were lost; ${limit}.${unaskedOf(ledger)}`,
    };
  const { lost, acknowledged, unread } = ledger;
  const status = lost <= most ? 'PASS' : unread.length > 0 ? 'INCONCLUSIVE' : 'FAIL';
  const why = `${count(lost)} of ${count(acknowledged)} acknowledged writes are known nowhere afterwards; ${limit}.${unaskedOf(ledger)}`;
  return { status, why, valueMs: null, total: acknowledged, bad: lost };
}

/** Which regions did not say what they know, and what they did instead. */
function unaskedOf(ledger: LedgerFigures | null): string {
  if (ledger === null || ledger.unread.length === 0) return '';
  const { unread, unreadBecause = {} } = ledger;
  const words = unread.map((region) => (unreadBecause[region] ? `${region} (${unreadBecause[region]})` : region));
  return ` ${list(words)} could not be asked.`;
}

/** A write that is known here and not there is two truths: whoever reads gets the one or the other. */
function divergentWrites(ledger: LedgerFigures | null): Finding {
  if (ledger === null || !ledger.wasRead || ledger.acknowledged === 0)
    return {
      ...NOTHING,
      why: `Not tested: nothing in this run says which writes each region knows.${unaskedOf(ledger)}`,
    };
  const { divergent, acknowledged, unread, behind } = ledger;
  const status = divergent > 0 ? 'FAIL' : unread.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const lacking = behind.filter(({ missing }) => missing > ledger.lost!).map(({ region }) => region);
  const where = lacking.length === 0 ? '' : ` (${list(lacking)})`;
  const why = `${count(divergent)} of ${count(acknowledged)} acknowledged writes are known in one region and not in another${where}; none may be.${unaskedOf(ledger)}`;
  return { status, why, valueMs: null, total: acknowledged, bad: divergent };
}
