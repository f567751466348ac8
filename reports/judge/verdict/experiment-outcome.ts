/**
 * Outcome of a run with faults: whether the target is undamaged, whether the baseline held, whether every fault took
 * effect. An experiment without evidence of its faults is never PASS.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { CellVerdict } from '../../run-result.ts';
import { type FaultInstants, pointWords, whyUntested } from '../../../claims/measures/fault-instants.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { list } from '../../../src/formats/words.ts';

/** Claims that are judged during or after a fault. */
const ofFaults = (plan: RunPlan): Set<string> =>
  new Set(plan.claims.filter(({ phase }) => phase !== 'baseline').map(({ id }) => id));

/**
 * Cells that failed before a fault was injected. Claims per city do not count unless they gate: they depend on physics
 * and are no condition of an experiment.
 */
export function brokenBaseline(plan: RunPlan, cells: CellVerdict[]): CellVerdict[] {
  if (plan.experiment === null) return [];
  const claims = plan.claims.filter(({ phase, per, gating }) => phase === 'baseline' && (per !== 'origin' || gating));
  return cells.filter((cell) => cell.status === 'FAIL' && claims.some(({ id }) => id === cell.claim));
}

/** The cells; if a fault tested nothing, those of its phases become INVALID or INCONCLUSIVE. */
export function withoutUntested(plan: RunPlan, faults: FaultInstants[], cells: CellVerdict[]): CellVerdict[] {
  const missing = faults.map(whyUntested).find((why) => why !== null);
  if (missing === undefined) return cells;
  const broken = brokenBaseline(plan, cells);
  const held = broken.length > 0 && faults.every((f) => !f.isInjected);
  const why = held
    ? `Not tested: ${names(broken)} did not hold before the fault, so nothing was injected.`
    : `Not tested: ${missing}`;
  const touched = ofFaults(plan);
  return cells.map((cell) =>
    touched.has(cell.claim) ? { ...cell, status: held ? 'INCONCLUSIVE' : 'INVALID', why, requestsLacking: null } : cell,
  );
}

/** Why the target may be damaged, as a sentence. */
export function damage(open: FaultInstants[]): string {
  const words = open.map(({ title, clearedReadings }) => {
    const readings = clearedReadings.map(pointWords);
    return `${title} (${readings.length === 0 ? 'it was not probed' : list(readings)})`;
  });
  return `The target may be damaged: ${list(words)} was not confirmed cleared.`;
}

/** Why the experiment was aborted without a guard; null if it was not. */
export function whyAborted(journal: Journal): string | null {
  const aborted =
    journal.all('fault-revert').some((line) => line.why === 'abort') ||
    journal.all('state').some((line) => line.state === 'ABORTED');
  return aborted ? 'the experiment was aborted' : null;
}

export const wasInterrupted = (journal: Journal): boolean =>
  journal.all('fault-revert').some((line) => line.why === 'interrupt');

/** `read-p99 in eu-west-1 and availability in us-east-1`. */
export const names = (cells: CellVerdict[]): string => list(cells.map((cell) => `${cell.claim} in ${cell.subject}`));
