/** When each fault of the experiment was asked for, seen to bite, undone and seen to be gone: what the journal says. */
import type { PlanFault } from '../../src/formats/faults.ts';
import type { FisOutcome } from '../../src/formats/fis.ts';
import type { PointReading } from '../../src/formats/journal.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { Journal } from '../../src/formats/journal-lines.ts';
import { list } from '../../src/formats/words.ts';

/** A fault and its instants, ms since T0; null = did not happen. */
export interface FaultInstants {
  fault: PlanFault;
  title: string;
  /** First control call. */
  askedMs: number | null;
  /** First instant at which the bite was seen at every point. */
  t0Ms: number | null;
  revertMs: number | null;
  /** First instant at which it was seen to be gone at every point. */
  t1Ms: number | null;
  /** Something may have been done to the target. */
  injected: boolean;
  /** It was seen to be gone everywhere. */
  healed: boolean;
  /** Readings that say why it did not bite, or is not gone; empty where nobody looked. */
  biteReadings: PointReading[];
  goneReadings: PointReading[];
  /** Why it could not be started, or ended by itself; null if neither. */
  failure: string | null;
  /** Why FIS did not do all of it, or not for as long; null where it did, and where nothing went through FIS. */
  fisShortfall: string | null;
  /** Whom it should have hurt and did not, in words; null where somebody felt it, and where nobody need (felt.ts). */
  unfelt: string | null;
  /** What FIS says of it; null where nothing went through FIS. */
  fis: FisOutcome | null;
}

/**
 * One entry per fault of the plan, in its order. Of repeated lines the first bite and the last look for healing count.
 */
export function faultInstants(plan: RunPlan, journal: Journal): FaultInstants[] {
  // A harness that died may have begun a fault without being able to say so; one that ended in order says all it did.
  const died = journal.last('ended') === undefined;
  return (plan.experiment?.faults ?? []).map((fault) => {
    const ofIt = <T extends { fault: number }>(lines: T[]): T[] => lines.filter((line) => line.fault === fault.number);
    const intent = ofIt(journal.all('fault-intent'))[0];
    const started = ofIt(journal.all('fault-started'))[0];
    const looked = ofIt(journal.all('fault-bites'));
    const bite = looked.find((line) => line.bites);
    const revert = ofIt(journal.all('fault-revert'))[0];
    const gone = ofIt(journal.all('fault-gone')).at(-1);
    const outcome = ofIt(journal.all('fis-ended')).at(-1);
    const begun = started ?? (died ? intent : undefined);
    return {
      fault,
      title: faultTitle(fault),
      askedMs: started ? (started.ms ?? 0) - started.spreadMs : (intent?.ms ?? null),
      t0Ms: bite?.sinceT0Ms ?? null,
      revertMs: revert?.ms ?? null,
      t1Ms: gone?.gone ? gone.sinceT0Ms : null,
      injected: begun !== undefined || looked.length > 0,
      healed: gone?.gone ?? false,
      biteReadings: looked.at(-1)?.readings ?? [],
      goneReadings: gone?.readings ?? [],
      failure: ofIt(journal.all('fault-failed'))[0]?.message ?? null,
      unfelt: null,
      fis: outcome ? fisOf(outcome) : null,
      fisShortfall:
        plan.experiment!.driver === 'fis' && revert ? shortfall(journal, fault.number, revert.ms, outcome) : null,
    };
  });
}

/**
 * FIS's clock is not ours; and an experiment that is told to stop is asked before the line of the journal is on disk.
 */
const CLOCKS_DIFFER_MS = 5_000;

/** Every experiment that was previewed must have run until it was told to stop. */
function shortfall(journal: Journal, fault: number, revertMs: number | null, outcome?: FisOutcome): string | null {
  const parts = journal.all('fis-preview').filter((line) => line.fault === fault).length;
  const heard = outcome?.experiments ?? [];
  if (heard.length < parts || heard.length === 0)
    return `FIS was heard of only ${heard.length} of its ${parts} experiments`;
  const t0 = journal.last('t0')?.epochMs;
  const toldMs = t0 === undefined || revertMs === null ? null : t0 + revertMs - CLOCKS_DIFFER_MS;
  const short = heard.find(
    ({ status, endEpochMs }) =>
      !['stopped', 'completed'].includes(status) || endEpochMs === null || (toldMs !== null && endEpochMs < toldMs),
  );
  return short ? `FIS ended ${short.id} in ${short.region} (${short.status}) before it was told to` : null;
}

const fisOf = ({ place, experiments, notExercised, suspects }: FisOutcome): FisOutcome => ({
  place,
  experiments,
  notExercised,
  suspects,
});

/** `region-outage ap-southeast-1 (refused)`: the kind, its places, and how in brackets. */
function faultTitle({ kind, params }: PlanFault): string {
  const how = params['face'] ?? params['mode'];
  const places = Object.entries(params)
    .filter(([name, value]) => name !== 'face' && name !== 'mode' && typeof value === 'string')
    .map(([, value]) => value as string);
  return [kind, ...places, ...(typeof how === 'string' ? [`(${how})`] : [])].join(' ');
}

/** Faults that may still be in the target: begun, and nobody has seen them gone. */
export const unhealed = (faults: FaultInstants[]): FaultInstants[] => faults.filter((f) => f.injected && !f.healed);

/** Why a fault tested nothing, in a sentence; null if it bit, and all of it. */
export function whyUntested({
  fault,
  title,
  t0Ms,
  injected,
  biteReadings,
  fis,
  fisShortfall,
  failure,
  unfelt,
}: FaultInstants): string | null {
  const name = `Fault ${fault.number}, ${title},`;
  if (fis && fis.notExercised.length > 0) return `${name} was not exercised: ${list(fis.notExercised)}.`;
  if (failure !== null) return `${name} failed: ${failure}`;
  if (t0Ms !== null && fisShortfall !== null) return `${name} was not what was planned: ${fisShortfall}.`;
  if (unfelt !== null) return `${name} was seen at the proxy, by no client: ${unfelt}.`;
  if (t0Ms !== null) return null;
  if (!injected) return `${name} was never started.`;
  const saw = biteReadings.map(pointWords);
  return `${name} was not seen to bite: ${saw.length === 0 ? 'nobody looked' : list(saw)}.`;
}

/** What was seen of a point, and how: `ingress-eu (GET http://127.0.0.1:18080/health) was refused after 1 ms`. */
export const pointWords = (reading: PointReading): string =>
  `${reading.point}${reading.probe === undefined ? '' : ` (${reading.probe})`} ${readingWords(reading)}`;

/** What a probe saw, in words: `timed out after 1,000 ms`. */
export function readingWords({ outcome, tookMs, value, detail }: PointReading): string {
  const words = {
    answered: 'answered',
    refused: 'refused',
    reset: 'was reset',
    closed: 'closed',
    timeout: 'timed out',
    error: 'gave an error',
  }[outcome];
  const more = detail ?? value;
  return `${words} after ${Math.round(tookMs)} ms${more === null ? '' : ` (${more})`}`;
}

/** The first bite of all faults, ms since T0; null where none bit. */
export function firstBiteMs(faults: FaultInstants[]): number | null {
  const bites = faults.flatMap(({ t0Ms }) => (t0Ms === null ? [] : [t0Ms]));
  return bites.length === 0 ? null : Math.min(...bites);
}
