/**
 * The evacuation of an experiment: its own times from the journal, and from the rows when users were served elsewhere.
 * The share is that of the failover curve (times.ts), from the evacuation request to the end of the last fault.
 */
import type { Journal } from '../../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { FailoverClock } from './clock.ts';
import type { EvacuationFigures } from './schema.ts';

/** Null for an experiment without an evacuation. */
export function evacuationFigures(plan: RunPlan, journal: Journal, clock: FailoverClock): EvacuationFigures | null {
  const evacuate = plan.experiment?.evacuate ?? null;
  if (evacuate === null) return null;
  const steps = journal.all('evacuation');
  const [asked, done, undone] = (['asked', 'done', 'undone'] as const).map((step) =>
    steps.find((s) => s.step === step),
  );
  const askedMs = asked?.sinceT0Ms ?? null;
  return {
    title: evacuate.title,
    askedMs,
    doneMs: done?.sinceT0Ms ?? null,
    tookMs: done?.tookMs ?? null,
    ok: done?.ok ?? null,
    message: done?.message ?? '',
    undone: undone?.ok ?? null,
    ...clock.elsewhere(evacuate.regions, askedMs),
  };
}

/** Why a region may still be evacuated, as a sentence; null if it is not. */
export function stillEvacuated(plan: RunPlan, journal: Journal): string | null {
  const undone = journal.all('evacuation').find(({ step }) => step === 'undone');
  if (undone === undefined || undone.ok) return null;
  const { title = 'the evacuation' } = plan.experiment?.evacuate ?? {};
  return `A region may still be evacuated: ${title} was not reverted (${undone.message}).`;
}
