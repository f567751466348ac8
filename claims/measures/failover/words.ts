/** What faults did to clients, and how long it took, in words. */
import type { ClaimKind } from '../../../src/formats/claims.ts';
import { clockTenths, percent, plural, seconds } from '../../../src/formats/words.ts';
import type { Context, Line } from '../measure.ts';
import type { EvacuationFigures, FailoverFigures, FaultFigures, RegionFailover } from './schema.ts';

type Against = Context<unknown>['against'];

/** One block per fault, with one per region it may hurt in it, and one for the evacuation. */
export function failoverLines({ faults, evacuation }: FailoverFigures, context: Context<Line[]>): Line[] {
  return [
    ...faults.flatMap((fault, i) => [
      ...(i === 0 ? [] : ['']),
      `Fault ${fault.number}: ${fault.title}`,
      `  ${instants(fault)}`,
      ...fault.regions.flatMap((region) => regionLines(region, context.against)),
      ...context.besides(fault.number),
    ]),
    ...(evacuation === null ? [] : evacuationLines(evacuation, context.against)),
  ];
}

/** `asked at 1:10.0, bites (t0) 0.04 s later, gone (t1) 30.1 s after t0`. */
export function instants({ askedMs, t0Ms, revertMs, t1Ms }: FaultFigures): string {
  const bite =
    t0Ms === null
      ? 'was not seen to bite'
      : `bites (t0) ${askedMs === null ? `at ${clockTenths(t0Ms)}` : `${seconds(t0Ms - askedMs)} later`}`;
  const from = t0Ms ?? askedMs;
  const gone =
    t1Ms === null ? 'not seen to be gone' : `gone (t1) ${from === null ? '' : `${seconds(t1Ms - from)} after t0`}`;
  const undone = revertMs === null || t1Ms === null ? '' : `, ${seconds(t1Ms - revertMs)} after it was undone`;
  return askedMs === null ? 'was never started' : `asked at ${clockTenths(askedMs)}, ${bite}, ${gone}${undone}`;
}

const STICKY_HANG =
  'sticky clients hang once each, whenever they first ask: no limit holds them, as none holds direct ones';

function regionLines(region: RegionFailover, against: Against): string[] {
  const limit = (kind: ClaimKind): string => against(kind, region.region);
  const { requests, bad } = region;
  const fromBite = [
    `impact ${seconds(region.timeToImpactMs)}`,
    `first answer elsewhere (TTD) ${seconds(region.ttdMs)}`,
    `RTO ${rtoWords(region)}${limit('rto')}`,
  ];
  const elsewhere = [`50 % ${seconds(region.t50Ms)}`, `90 % ${seconds(region.t90Ms)}`, `99 % ${seconds(region.t99Ms)}`];
  const fromHeal = [
    `fail-back ${seconds(region.failBackMs)}${limit('fail-back')}`,
    `as before ${seconds(region.recoveryMs)}${limit('recovery')}`,
  ];
  const cohorts = region.cohorts.map((cohort) => `${cohort.cohort} ${rtoWords(cohort)}`);
  return [
    `  Clients at home in ${region.region}`,
    `    from t0: ${fromBite.join(' · ')}`,
    `    answered well elsewhere: ${elsewhere.join(' · ')}`,
    ...(cohorts.length === 0 ? [] : [`    RTO by cohort: ${cohorts.join(' · ')}`]),
    ...(region.apart.includes('sticky') ? [`    ${STICKY_HANG}`] : []),
    `    from t1: ${fromHeal.join(' · ')}`,
    `    bad while it lasted: ${percent(requests === 0 ? null : bad / requests)} of ${plural(requests, 'request')} of people`,
  ];
}

/** RTO as the interval it lies in; what it means where there is none. */
export function rtoWords({
  timed,
  rtoFromMs,
  rtoToMs,
}: Pick<RegionFailover, 'timed' | 'rtoFromMs' | 'rtoToMs'>): string {
  if (!timed) return 'too few requests';
  if (rtoFromMs === null || rtoToMs === null) return 'not before t1';
  if (rtoToMs === 0) return 'nothing to recover from';
  return `${seconds(rtoFromMs).replace(/ s$/, '')}–${seconds(rtoToMs)}`;
}

function evacuationLines(evacuation: EvacuationFigures, against: Against): string[] {
  const { clock, regions } = evacuationWords(evacuation, against);
  return [`  ${clock}`, ...regions.map((words) => `    ${words}`)];
}

/** The clock of the evacuation in a line, and when people were elsewhere, a line a region. */
export function evacuationWords(
  { title, askedMs, tookMs, ok, message, undone, regions }: EvacuationFigures,
  against: Against,
): { clock: string; regions: string[] } {
  if (askedMs === null) return { clock: `Evacuation (${title}) was never asked for`, regions: [] };
  const took = `${seconds(tookMs)} later`;
  const how = ok === null ? 'nobody knows what became of it' : ok ? `answered ${took}` : `${took}: ${message}`;
  const back = undone === null ? '' : undone ? ', taken back' : ', NOT TAKEN BACK';
  return {
    clock: `${ok === false ? 'EVACUATION FAILED' : 'Evacuation'} (${title}) asked at ${clockTenths(askedMs)}, ${how}${back}`,
    regions: regions.map(
      ({ region, t50Ms, t99Ms }) =>
        `fresh and ttl of ${region} elsewhere from then: 50 % ${seconds(t50Ms)} · 99 % ${seconds(t99Ms)}${against('evacuation', region)}`,
    ),
  };
}
