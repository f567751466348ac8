/** What each fault did, as lines of plain text: for the terminal and for the job summary. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CartRegion } from '../../claims/measures/carts/schema.ts';
import type { FaultFigures, RegionFailover } from '../../claims/measures/failover/schema.ts';
import type { SessionFigures } from '../../claims/measures/sessions/schema.ts';
import type { ClaimKind } from '../../src/formats/claims.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { SYMBOL } from './figures.ts';
import { count, percent, plural, seconds } from '../../src/formats/words.ts';
import { fisLines } from './fis-lines.ts';
import { hanging } from './paint.ts';

/**
 * One block per fault with one per region it may hurt in it, and with its FIS experiments, unless they are told
 * elsewhere; nothing for a run without faults.
 */
export function faultLines(plan: RunPlan, result: RunResult, width: number, { withFis = true } = {}): string[] {
  return result.figures.failover.faults.flatMap((fault, i) => [
    ...(i === 0 ? [] : ['']),
    ...hanging(`Fault ${fault.number}: ${fault.title}`, width, ''),
    ...hanging(instants(fault), width, '  '),
    ...fault.regions.flatMap((region) => regionLines(result, region, width)),
    ...(withFis ? fisLines(result, fault, width) : []),
    ...(i < result.figures.failover.faults.length - 1
      ? []
      : [...evacuationLines(result, width), ...dataLines(result, width), ...untouched(plan, result, width)]),
  ]);
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

/**
 * The clock of the evacuation in a line, and when people were elsewhere, a line a region; null where there was none.
 */
export function evacuationWords(result: RunResult): { clock: string; regions: string[] } | null {
  const { evacuation } = result.figures.failover;
  if (evacuation === null) return null;
  const { title, askedMs, tookMs, ok, message, undone, regions } = evacuation;
  if (askedMs === null) return { clock: `Evacuation (${title}) was never asked for`, regions: [] };
  const took = `${seconds(tookMs)} later`;
  const how = ok === null ? 'nobody knows what became of it' : ok ? `answered ${took}` : `${took}: ${message}`;
  const back = undone === null ? '' : undone ? ', taken back' : ', NOT TAKEN BACK';
  return {
    clock: `${ok === false ? 'EVACUATION FAILED' : 'Evacuation'} (${title}) asked at ${clockTenths(askedMs)}, ${how}${back}`,
    regions: regions.map(
      ({ region, t50Ms, t99Ms }) =>
        `fresh and ttl of ${region} elsewhere from then: 50 % ${seconds(t50Ms)} · 99 % ${seconds(t99Ms)}${against(result, region, 'evacuation')}`,
    ),
  };
}

/** What became of acknowledged writes, in a sentence; null where the run kept no ledger. */
export function ledgerWords({ figures: { ledger } }: RunResult): string | null {
  if (ledger === null) return null;
  const { acknowledged, refused, unknown, appeared, lost, lostBeforeMs, unread } = ledger;
  const fate =
    lost === null
      ? 'nobody could be asked afterwards which are known'
      : lost === 0
        ? 'all acknowledged ones are known afterwards'
        : `${count(lost)} acknowledged ones are known nowhere afterwards (the oldest from ${seconds(lostBeforeMs)} before the bite)`;
  const open = unknown === 0 ? '' : `, ${count(unknown)} without an answer (${count(appeared)} of them were written)`;
  const silent = unread.length === 0 ? '' : `; ${unread.join(', ')} could not be asked`;
  return `${plural(acknowledged, 'write')} acknowledged, ${count(refused)} refused${open}; ${fate}${silent}`;
}

/** Who won the carts that every region edited, and when the regions agreed; null where none were edited. */
export function cartWords({ figures: { carts, failover } }: RunResult): string | null {
  if (carts === null) return null;
  const { acknowledged, refused, unknown, unclear, ignored, differing, regions } = carts;
  const among = (what: (region: CartRegion) => number): string =>
    regions
      .filter((region) => what(region) > 0)
      .map((region) => `${count(what(region))} in ${region.region}`)
      .join(', ');
  const [wrong, unjudged] = [among((region) => region.wrong), among((region) => region.unjudged)];
  const shown = regions.every(({ fromMs }) => fromMs === null)
    ? 'no client saw what had been written meanwhile'
    : regions.some(({ fromMs, toMs }) => fromMs !== null && toMs === null)
      ? 'not every region came to show what the others had written meanwhile'
      : `every region showed what the others had written meanwhile ${intervalWords(regions)} after t1`;
  return [
    `${plural(acknowledged, 'edit')} acknowledged, ${count(refused)} refused${unknown === 0 ? '' : `, ${count(unknown)} without an answer`}`,
    `wrong winners: ${wrong || 'none'}${unjudged && ` (not to be told: ${unjudged})`}`,
    differing === null
      ? 'nobody could be asked whether all regions agree'
      : differing === 0
        ? 'all regions agree at the end'
        : `${plural(differing, 'cart')} differ between regions at the end`,
    failover.faults.length > 0 && shown,
    unclear > 0 && `${count(unclear)} edits do not say what they made`,
    ignored > 0 && `${plural(ignored, 'line')} about carts ignored`,
  ]
    .filter((part) => part !== false)
    .join('; ');
}

/** The interval of the region that came last. */
const intervalWords = (regions: CartRegion[]): string =>
  `${seconds(Math.max(...regions.map(({ fromMs }) => fromMs ?? 0))).replace(/ s$/, '')}–${seconds(Math.max(...regions.map(({ toMs }) => toMs ?? 0)))}`;

function evacuationLines(result: RunResult, width: number): string[] {
  const words = evacuationWords(result);
  return words === null
    ? []
    : [words.clock, ...words.regions].flatMap((text, i) => hanging(text, width, i === 0 ? '  ' : '    '));
}

/** What became of the data that the run wrote; nothing for a run that followed none. */
export const dataLines = (result: RunResult, width: number): string[] => [
  ...Object.entries({ Ledger: ledgerWords(result), Carts: cartWords(result) }).flatMap(([name, words]) =>
    words === null ? [] : hanging(`${name}: ${words}`, width, '  '),
  ),
  ...sessionLines(result, width),
];

const sessionLines = ({ figures: { sessions } }: RunResult, width: number): string[] =>
  sessions.length === 0
    ? []
    : ['Sessions that write, read and delete records of their own', ...sessions.map(sessionWords)].flatMap((text, i) =>
        hanging(text, width, i === 0 ? '  ' : '    '),
      );

/** What the sessions of a region missed, in a line. */
const sessionWords = ({ region, reads, ownMissed, ownLongestMs, goingBack }: SessionFigures): string => {
  const longest = ownMissed === 0 ? '' : ` (up to ${seconds(ownLongestMs)} after it)`;
  return `${region} ${plural(reads, 'read')}: ${count(ownMissed)} missed an own write${longest}, ${count(goingBack)} went back`;
};

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

/** `≤ 10 s ✓`: the limit of the cell and whether it holds; '' where there is none. */
export function against(result: RunResult, region: string, kind: ClaimKind): string {
  const cell = result.cells.find((c) => c.kind === kind && c.subject === region);
  return cell === undefined || cell.limitMs === null ? '' : ` (limit ${seconds(cell.limitMs)} ${SYMBOL[cell.status]})`;
}

const STICKY_HANG =
  'sticky clients hang once each, whenever they first ask: no limit holds them, as none holds direct ones';

function regionLines(result: RunResult, region: RegionFailover, width: number): string[] {
  const limit = (kind: ClaimKind): string => against(result, region.region, kind);
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
    `Clients at home in ${region.region}`,
    `from t0: ${fromBite.join(' · ')}`,
    `answered well elsewhere: ${elsewhere.join(' · ')}`,
    ...(cohorts.length === 0 ? [] : [`RTO by cohort: ${cohorts.join(' · ')}`]),
    ...(region.apart.includes('sticky') ? [STICKY_HANG] : []),
    `from t1: ${fromHeal.join(' · ')}`,
    `bad while it lasted: ${percent(requests === 0 ? null : bad / requests)} of ${plural(requests, 'request')} of people`,
  ].flatMap((text, i) => hanging(text, width, i === 0 ? '  ' : '    '));
}

function untouched(plan: RunPlan, result: RunResult, width: number): string[] {
  const outside = untouchedRegions(plan);
  if (outside.length === 0) return [];
  const cells = result.cells.filter((cell) => outside.includes(cell.subject) && isDuring(plan, cell));
  const words = outside.map((id) => {
    const mine = cells.filter((cell) => cell.subject === id);
    return mine.length === 0
      ? `${id} not judged`
      : `${id} ${mine.map((c) => `${SYMBOL[c.status]} ${c.claim}`).join(', ')}`;
  });
  return ['Outside the fault (negative control)', ...words].flatMap((text, i) =>
    hanging(text, width, i === 0 ? '  ' : '    '),
  );
}

/** Regions that the experiment must not hurt. */
export const untouchedRegions = (plan: RunPlan): string[] =>
  plan.regions.filter((_, i) => plan.experiment !== null && !plan.experiment.regions.includes(i)).map(({ id }) => id);

/** Whether the cell is of a claim that is judged while the fault lasts. */
export const isDuring = (plan: RunPlan, cell: CellVerdict): boolean =>
  plan.claims.some((claim) => claim.id === cell.claim && claim.phase === 'fault');

/** `1:10.4`: minutes, seconds and tenths since T0. */
export function clockTenths(atMs: number): string {
  const tenths = Math.round(atMs / 100);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}
