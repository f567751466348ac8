/** From the journal: when each fault of the experiment was injected, in effect, reverted and cleared. */
import type { PlanFault } from '../../src/formats/faults.ts';
import type { FisOutcome } from '../../src/formats/fis.ts';
import type { PointReading } from '../../src/formats/journal.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { Journal } from '../../src/formats/journal-lines.ts';
import { list } from '../../src/formats/words.ts';

/** A fault and its times, ms since T0; null = did not happen. */
export interface FaultInstants {
  fault: PlanFault;
  title: string;
  /** First control call. */
  askedMs: number | null;
  /** First time at which probes confirmed the effect at every point. */
  t0Ms: number | null;
  revertMs: number | null;
  /** First time at which probes confirmed at every point that it was cleared. */
  t1Ms: number | null;
  /** The target may have been changed. */
  isInjected: boolean;
  /** Confirmed cleared at every point. */
  isCleared: boolean;
  /** Last readings on whether it is in effect, and whether it is cleared; empty without a probe. */
  effectReadings: PointReading[];
  clearedReadings: PointReading[];
  /** Why it could not be injected, or ended by itself; null if neither. */
  failure: string | null;
  /** Why FIS did not do all of it, or not for long enough; null if it did, and for a fault without FIS. */
  fisShortfall: string | null;
  /** Evidence that it reached no client; null if it did, or need not (client-impact.ts). */
  noImpact: string | null;
  /** What FIS reported; null for a fault without FIS. */
  fis: FisOutcome | null;
}

/** One entry per fault, in the order of the plan. The first confirmed effect and the last probe for clearing count. */
export function faultInstants(plan: RunPlan, journal: Journal): FaultInstants[] {
  // A harness that crashed may have started a fault without recording it; one that ended in order recorded everything.
  const died = journal.last('ended') === undefined;
  return (plan.experiment?.faults ?? []).map((fault) => {
    const ofIt = <T extends { fault: number }>(lines: T[]): T[] => lines.filter((line) => line.fault === fault.number);
    const intent = ofIt(journal.all('fault-intent'))[0];
    const started = ofIt(journal.all('fault-started'))[0];
    const probed = ofIt(journal.all('fault-bites'));
    const effect = probed.find((line) => line.bites);
    const revert = ofIt(journal.all('fault-revert'))[0];
    const gone = ofIt(journal.all('fault-gone')).at(-1);
    const outcome = ofIt(journal.all('fis-ended')).at(-1);
    const begun = started ?? (died ? intent : undefined);
    return {
      fault,
      title: faultTitle(fault),
      askedMs: started ? (started.ms ?? 0) - started.spreadMs : (intent?.ms ?? null),
      t0Ms: effect?.sinceT0Ms ?? null,
      revertMs: revert?.ms ?? null,
      t1Ms: gone?.gone ? gone.sinceT0Ms : null,
      isInjected: begun !== undefined || probed.length > 0,
      isCleared: gone?.gone ?? false,
      effectReadings: probed.at(-1)?.readings ?? [],
      clearedReadings: gone?.readings ?? [],
      failure: ofIt(journal.all('fault-failed'))[0]?.message ?? null,
      noImpact: null,
      fis: outcome ? fisOf(outcome) : null,
      fisShortfall:
        plan.experiment!.driver === 'fis' && revert ? shortfall(journal, fault.number, revert.ms, outcome) : null,
    };
  });
}

/** The clock of FIS differs from ours, and FIS is told to stop before the line of the journal is on disk. */
const CLOCK_TOLERANCE_MS = 5_000;

/** Every previewed experiment must have run until it was told to stop. */
function shortfall(journal: Journal, fault: number, revertMs: number | null, outcome?: FisOutcome): string | null {
  const parts = journal.all('fis-preview').filter((line) => line.fault === fault).length;
  const reported = outcome?.experiments ?? [];
  if (reported.length < parts || reported.length === 0)
    return `FIS reported only ${reported.length} of its ${parts} experiments`;
  const t0 = journal.last('t0')?.epochMs;
  const toldMs = t0 === undefined || revertMs === null ? null : t0 + revertMs - CLOCK_TOLERANCE_MS;
  const short = reported.find(
    ({ status, endEpochMs }) =>
      !['stopped', 'completed'].includes(status) || endEpochMs === null || (toldMs !== null && endEpochMs < toldMs),
  );
  return short ? `FIS ended ${short.id} in ${short.region} (${short.status}) before it was told to stop` : null;
}

const fisOf = ({ place, experiments, notExercised, suspects }: FisOutcome): FisOutcome => ({
  place,
  experiments,
  notExercised,
  suspects,
});

/** `region-outage ap-southeast-1 (face: refused)`: the kind, its places, and how, in parentheses. */
function faultTitle({ kind, params }: PlanFault): string {
  const texts = Object.entries(params).filter((param): param is [string, string] => typeof param[1] === 'string');
  const isHow = (name: string): boolean => name === 'face' || name === 'mode';
  const places = texts.flatMap(([name, value]) => (isHow(name) ? [] : [value]));
  const how = texts.flatMap(([name, value]) => (isHow(name) ? [`(${name}: ${value})`] : []));
  return [kind, ...places, ...how].join(' ');
}

/** Faults that may still be in effect: injected and not confirmed cleared. */
export const uncleared = (faults: FaultInstants[]): FaultInstants[] =>
  faults.filter((f) => f.isInjected && !f.isCleared);

/** Why a fault tested nothing, as a sentence; null if all of it took effect. */
export function whyUntested({
  fault,
  title,
  t0Ms,
  isInjected,
  effectReadings,
  fis,
  fisShortfall,
  failure,
  noImpact,
}: FaultInstants): string | null {
  const name = `Fault ${fault.number}, ${title},`;
  if (fis && fis.notExercised.length > 0) return `${name} was not exercised: ${list(fis.notExercised)}.`;
  if (failure !== null) return `${name} failed: ${failure}`;
  if (t0Ms !== null && fisShortfall !== null) return `${name} did not run as planned: ${fisShortfall}.`;
  if (noImpact !== null) return `${name} took effect at the proxy but reached no client: ${noImpact}.`;
  if (t0Ms !== null) return null;
  if (!isInjected) return `${name} was never injected.`;
  const readings = effectReadings.map(pointWords);
  return `${name} had no observable effect: ${readings.length === 0 ? 'it was not probed' : list(readings)}.`;
}

/** Reading of a point: `ingress-eu (GET http://127.0.0.1:18080/health) refused after 1 ms`. */
export const pointWords = (reading: PointReading): string =>
  `${reading.point}${reading.probe === undefined ? '' : ` (${reading.probe})`} ${readingWords(reading)}`;

/** Outcome of a probe: `timed out after 1,000 ms`. */
export function readingWords({ outcome, tookMs, value, detail }: PointReading): string {
  const words = {
    answered: 'responded',
    refused: 'refused',
    reset: 'was reset',
    closed: 'closed',
    timeout: 'timed out',
    error: 'failed',
  }[outcome];
  const more = detail ?? value;
  return `${words} after ${Math.round(tookMs)} ms${more === null ? '' : ` (${more})`}`;
}

/** The first t0 of all faults, ms since T0; null if none took effect. */
export function firstT0Ms(faults: FaultInstants[]): number | null {
  const t0s = faults.flatMap(({ t0Ms }) => (t0Ms === null ? [] : [t0Ms]));
  return t0s.length === 0 ? null : Math.min(...t0s);
}
