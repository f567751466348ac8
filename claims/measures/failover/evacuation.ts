/**
 * The evacuation of an experiment: its own clock from the journal, when people were elsewhere from their rows. The
 * share is that of the failover curve (times.ts), from when the evacuation was asked for to when the last fault was
 * gone.
 */
import type { Journal } from '../../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { FailoverClock } from './clock.ts';
import type { EvacuationFigures } from './schema.ts';

/** What became of it; null for an experiment that declares none. */
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

/** Why people may still be kept out of a region, in a sentence; null where nothing says so. */
export function leftEvacuated(plan: RunPlan, journal: Journal): string | null {
  const undone = journal.all('evacuation').find(({ step }) => step === 'undone');
  if (undone === undefined || undone.ok) return null;
  const { title = 'the evacuation' } = plan.experiment?.evacuate ?? {};
  return `People may still be kept out of a region: ${title} was not taken back (${undone.message}).`;
}
