/** Findings on the failover clock, shared by several kinds: one per fault in a region; the worst decides. */
import type { ClaimCell, Finding } from '../../claim.ts';
import { NO_FAULT } from '../../claim.ts';
import type { Measured } from '../measured.ts';
import { MIN_PER_SECOND } from './figures.ts';
import type { CohortFailover, FaultFigures, RegionFailover } from './schema.ts';

/** The worst finding of all faults; it names its fault if there are several. */
export function worstOfFaults(
  { plan, subject }: ClaimCell,
  { figures }: Measured,
  find: (figures: RegionFailover) => Finding,
): Finding {
  return worst(findingsOf(plan.regions[subject]!.id, figures.failover.faults, find));
}

/**
 * The same for states after t1. A fault that the next one followed too soon may stay undecided; then later faults
 * decide. The last fault always counts.
 */
export function worstAfterFaults(
  { plan, subject }: ClaimCell,
  { figures }: Measured,
  find: (figures: RegionFailover) => Finding,
): Finding {
  const { faults } = figures.failover;
  const findings = findingsOf(plan.regions[subject]!.id, faults, find);
  const lastMs = Math.max(...findings.map(({ fault }) => fault.t1Ms ?? Infinity));
  return worst(
    findings.filter(({ status, fault }) => status !== 'INCONCLUSIVE' || (fault.t1Ms ?? Infinity) === lastMs),
    faults.length > 1,
  );
}

type OfFault = Finding & { fault: FaultFigures };

const findingsOf = (region: string, faults: FaultFigures[], find: (figures: RegionFailover) => Finding): OfFault[] =>
  faults.flatMap((fault) => {
    const figures = fault.regions.find((one) => one.region === region);
    return figures ? [{ ...find(figures), fault }] : [];
  });

function worst(findings: OfFault[], hasSeveral = findings.length > 1): Finding {
  const found = findings.toSorted((a, b) => severity(b) - severity(a))[0];
  if (found === undefined) return NO_FAULT;
  const { fault, ...finding } = found;
  return hasSeveral ? { ...finding, why: `${fault.title}: ${finding.why}` } : finding;
}

/** FAIL before INCONCLUSIVE before PASS; of equals the later time. */
const severity = ({ status, toMs }: Finding): number =>
  ['PASS', 'INCONCLUSIVE', 'FAIL'].indexOf(status) * 1e12 + (toMs ?? (status === 'FAIL' ? 1e11 : 0));

/** Requests of these cohorts together. */
export const sumOf = (cohorts: CohortFailover[]): { total: number; bad: number } => ({
  total: cohorts.reduce((all, { requests }) => all + requests, 0),
  bad: cohorts.reduce((all, { bad }) => all + bad, 0),
});

/** Cohorts that return to their home region by themselves: they follow DNS. */
export const returning = ({ cohorts }: RegionFailover): CohortFailover[] =>
  cohorts.filter(({ cohort }) => cohort === 'fresh' || cohort === 'ttl');

export const tooFew = ({ region }: RegionFailover): string =>
  `Not tested: no cohort of clients of ${region} sent the ${MIN_PER_SECOND} requests a second that the failover clock needs.`;
