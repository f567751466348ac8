/** Text on faults and their effect on clients. */
import type { ClaimKind } from '../../../src/formats/claims.ts';
import { clockTenths, percent, plural, seconds } from '../../../src/formats/words.ts';
import type { Context, Line } from '../measure.ts';
import { WRITES } from './figures.ts';
import type { EvacuationFigures, FailoverFigures, FaultFigures, RegionFailover } from './schema.ts';

type LimitOf = Context<unknown>['limitOf'];

/** One block per fault, with one per affected region, and one for the evacuation. */
export function failoverLines({ faults, evacuation }: FailoverFigures, context: Context<Line[]>): Line[] {
  return [
    ...faults.flatMap((fault, i) => [
      ...(i === 0 ? [] : ['']),
      `Fault ${fault.number}: ${fault.title}`,
      `  ${instants(fault)}`,
      ...fault.regions.flatMap((region) => regionLines(region, context.limitOf)),
      ...context.faultDetails(fault.number),
    ]),
    ...(evacuation === null ? [] : evacuationLines(evacuation, context.limitOf)),
  ];
}

/** `injected at 1:10.0, in effect 0.04 s later (t0); reverted at 1:40.0, cleared 0.1 s later (t1)`. */
export function instants({ askedMs, t0Ms, revertMs, t1Ms }: FaultFigures): string {
  if (askedMs === null) return 'never injected';
  const effect = t0Ms === null ? 'no observable effect' : `in effect ${seconds(t0Ms - askedMs)} later (t0)`;
  const reverted = revertMs === null ? '' : `reverted at ${clockTenths(revertMs)}, `;
  const cleared =
    t1Ms === null
      ? 'not confirmed cleared'
      : `cleared ${revertMs === null ? `at ${clockTenths(t1Ms)}` : `${seconds(t1Ms - revertMs)} later`} (t1)`;
  return `injected at ${clockTenths(askedMs)}, ${effect}; ${reverted}${cleared}`;
}

/** Which cohorts no limit covers, and why. `direct` is always among them (figures.ts). */
export const excludedWords = ({ excludedCohorts }: Pick<RegionFailover, 'excludedCohorts'>): string =>
  excludedCohorts.includes('sticky')
    ? 'limits exclude direct clients, which failover cannot move, and sticky ones, which hang on their first request'
    : 'limits exclude direct clients: failover cannot move them';

const after = (ms: number | null): string => (ms === null ? '–' : `after ${seconds(ms)}`);

function regionLines(region: RegionFailover, limitOf: LimitOf): string[] {
  const limit = (kind: ClaimKind): string => limitOf(kind, region.region);
  const { requests, bad } = region;
  const fromT0 = [
    `first bad request ${after(region.timeToImpactMs)}`,
    `failover begins ${after(region.failoverMs)}`,
    `served again ${recoveryWords(region)}${limit('rto')}`,
  ];
  const elsewhere = [
    `50 % after ${seconds(region.t50Ms)}`,
    `90 % after ${seconds(region.t90Ms)}`,
    `99 % after ${seconds(region.t99Ms)}`,
  ];
  const fromT1 = [
    `fail-back ${seconds(region.failBackMs)}${limit('fail-back')}`,
    `back to baseline ${seconds(region.recoveryMs)}${limit('back-to-baseline')}`,
  ];
  const served = (isWrites: boolean): string =>
    region.cohorts
      .filter(({ cohort }) => (cohort === WRITES) === isWrites)
      .map((cohort) => `${cohort.cohort}${isWrites ? ' of all cohorts served again' : ''} ${recoveryWords(cohort)}`)
      .join(' · ');
  return [
    `  Clients of ${region.region}`,
    `    from t0: ${fromT0.join(' · ')}`,
    `    requests of clients that can move, served by other regions: ${elsewhere.join(' · ')}`,
    ...(served(false) === '' ? [] : [`    served again, by cohort: ${served(false)}`, `    ${excludedWords(region)}`]),
    ...(served(true) === '' ? [] : [`    ${served(true)}`]),
    `    from t1: ${fromT1.join(' · ')}`,
    `    failed during the fault: ${percent(requests === 0 ? null : bad / requests)} of ${plural(requests, 'user request')}`,
  ];
}

/** When users were served again, which the RTO limits: `after 8.24–8.37 s`, or why there is no time. */
export function recoveryWords({
  timed,
  rtoFromMs,
  rtoToMs,
}: Pick<RegionFailover, 'timed' | 'rtoFromMs' | 'rtoToMs'>): string {
  if (!timed) return 'unknown: too few requests';
  if (rtoFromMs === null || rtoToMs === null) return 'not before t1';
  if (rtoToMs === 0) return 'at once: no window was bad';
  return `after ${seconds(rtoFromMs).replace(/ s$/, '')}–${seconds(rtoToMs)}`;
}

function evacuationLines(evacuation: EvacuationFigures, limitOf: LimitOf): string[] {
  const { clock, regions } = evacuationWords(evacuation, limitOf);
  return [`  ${clock}`, ...regions.map((words) => `    ${words}`)];
}

/** One line on the evacuation, and one per region on when users were served elsewhere. */
export function evacuationWords(
  { title, askedMs, tookMs, ok, message, undone, regions }: EvacuationFigures,
  limitOf: LimitOf,
): { clock: string; regions: string[] } {
  if (askedMs === null) return { clock: `Evacuation (${title}) was never requested`, regions: [] };
  const took = `${seconds(tookMs)} later`;
  const how = ok === null ? 'unknown outcome' : ok ? `accepted ${took}` : `${took}: ${message}`;
  const back = undone === null ? '' : undone ? '; reverted after the fault' : '; NOT REVERTED';
  return {
    clock: `${ok === false ? 'EVACUATION FAILED' : 'Evacuation'} (${title}) requested at ${clockTenths(askedMs)}, ${how}${back}`,
    regions: regions.map(
      ({ region, t50Ms, t99Ms }) =>
        `from the request: fresh and ttl clients of ${region} served by other regions: 50 % after ${seconds(t50Ms)} · 99 % after ${seconds(t99Ms)}${limitOf('evacuation', region)}`,
    ),
  };
}
