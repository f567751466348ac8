/**
 * What a run with faults was worth: whether the target was left whole, whether the baseline held, whether every fault
 * was there. Nothing that was not seen counts: an experiment without evidence of its faults is never PASS.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CellVerdict } from '../../run-result.ts';
import { type FaultInstants, pointWords, whyUntested } from '../../../claims/measures/fault-instants.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { list } from '../../../src/formats/words.ts';

/** A claim of the experiment's faults: judged while one lasts, or after it. */
const ofFaults = (plan: RunPlan): Set<string> =>
  new Set(plan.claims.filter(({ phase }) => phase !== 'baseline').map(({ id }) => id));

/**
 * Cells of a region's claim that provably did not hold before anything was injected. Claims per city are what people
 * get, by physics too, and no condition of an experiment.
 */
export function brokenBaseline(plan: RunPlan, cells: CellVerdict[]): CellVerdict[] {
  if (plan.experiment === null) return [];
  const claims = plan.claims.filter(({ phase, per, gating }) => phase === 'baseline' && (per !== 'origin' || gating));
  return cells.filter((cell) => cell.status === 'FAIL' && claims.some(({ id }) => id === cell.claim));
}

/** The cells, with those that faults were to decide marked where the faults did not happen. */
export function withoutUntested(plan: RunPlan, faults: FaultInstants[], cells: CellVerdict[]): CellVerdict[] {
  const missing = faults.map(whyUntested).find((why) => why !== null);
  if (missing === undefined) return cells;
  const broken = brokenBaseline(plan, cells);
  const held = broken.length > 0 && faults.every((f) => !f.injected);
  const why = held
    ? `Not tested: ${names(broken)} did not hold even before, so nothing was injected.`
    : `Not tested: ${missing}`;
  const touched = ofFaults(plan);
  return cells.map((cell) =>
    touched.has(cell.claim) ? { ...cell, status: held ? 'INCONCLUSIVE' : 'INVALID', why, requestsLacking: null } : cell,
  );
}

/** Why the target may be damaged, in a sentence. */
export function damage(open: FaultInstants[]): string {
  const words = open.map(({ title, goneReadings }) => {
    const saw = goneReadings.map(pointWords);
    return `${title} (${saw.length === 0 ? 'nobody saw it gone' : list(saw)})`;
  });
  return `The target may be damaged: ${list(words)} was not seen to be undone.`;
}

/** Whether the experiment was ended before its time without a guard; null if it was not. */
export function whyAborted(journal: Journal): string | null {
  const aborted =
    journal.all('fault-revert').some((line) => line.why === 'abort') ||
    journal.all('state').some((line) => line.state === 'ABORTED');
  return aborted ? 'the experiment was aborted' : null;
}

export const wasInterrupted = (journal: Journal): boolean =>
  journal.all('fault-revert').some((line) => line.why === 'interrupt');

/** `read-p99 in eu-west-1 and good in us-east-1`. */
export const names = (cells: CellVerdict[]): string => list(cells.map((cell) => `${cell.claim} in ${cell.subject}`));
