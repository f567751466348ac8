/**
 * The evacuation of an experiment: asked for once, so long after the first fault was seen to bite, with a clock of its
 * own in the journal; taken back when nothing is broken any more. It is no fault: the keeper does not hold it, and when
 * the harness dies it stays until somebody takes it back.
 */
import type { EvacuationStep } from '../src/formats/evacuation.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import { type StepOutcome, takeStep } from './evacuation-step.ts';
import type { Controls } from './points.ts';

interface EvacuatorOptions {
  experiment: Pick<PlanExperiment, 'evacuate'>;
  controls: Controls;
  journal: Record<'write' | 'note', (event: JournalEvent) => void>;
  say(line: string): void;
}

export interface Evacuator {
  /** The first fault was seen to bite at this instant (epoch ms); later calls change nothing. */
  bitten(atEpochMs: number): void;
  /**
   * Every fault is over: ends what is still under way and takes back what may be in force; not while a fault `isLeft`,
   * for people would be sent back to it. Idempotent; resolves when that is done or has failed, never rejects.
   */
  end(isLeft: boolean): Promise<void>;
}

/** Taking back is waited for no longer than this, or a Ctrl-C would take as long as the slowest evacuation. */
const MOST_UNDO_MS = 30_000;

/** `aborted` ends what is under way at once; `t0` is the T0 of the run, epoch ms. */
export function evacuator(
  { experiment, controls, journal, say }: EvacuatorOptions,
  aborted: AbortSignal,
  t0: () => number,
): Evacuator {
  const { evacuate } = experiment;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, aborted]);
  const control = controls.world?.control.url ?? null;
  let asking: Promise<void> | null = null;
  let ending: Promise<void> | null = null;
  /** From asking on, until an answer says that nothing was done. */
  let mayHold = false;

  const note = (step: 'asked' | 'done' | 'undone', { ok, message }: StepOutcome, begunMs: number): void => {
    const nowMs = Date.now();
    journal.note({ kind: 'evacuation', step, ok, sinceT0Ms: nowMs - t0(), tookMs: nowMs - begunMs, message });
  };

  async function ask(step: EvacuationStep, title: string, timeoutMs: number, atEpochMs: number): Promise<void> {
    await until(atEpochMs, signal);
    if (signal.aborted) return;
    const begunMs = Date.now();
    // Written before it is done, and not done where it cannot be written.
    journal.write({
      kind: 'evacuation',
      step: 'asked',
      ok: true,
      sinceT0Ms: begunMs - t0(),
      tookMs: 0,
      message: title,
    });
    say(`evacuation asked for: ${title}`);
    mayHold = true;
    const outcome = await takeStep(step, control, timeoutMs, signal);
    mayHold = !outcome.refused;
    note('done', outcome, begunMs);
    const took = `after ${((Date.now() - begunMs) / 1000).toFixed(1)} s`;
    say(outcome.ok ? `evacuation: answered ${took}` : `EVACUATION FAILED ${took}: ${outcome.message}`);
  }

  async function undo(isLeft: boolean): Promise<void> {
    over.abort();
    await asking;
    if (!mayHold || !evacuate) return;
    if (!evacuate.undo) return say('evacuation: nothing is declared that takes it back; it stays');
    const begunMs = Date.now();
    const outcome = isLeft
      ? { ok: false, message: 'a fault could not be proven gone, so nobody is sent back', refused: false }
      : await takeStep(
          evacuate.undo,
          control,
          Math.min(evacuate.timeoutMs, MOST_UNDO_MS),
          new AbortController().signal,
        );
    note('undone', outcome, begunMs);
    say(outcome.ok ? 'evacuation: taken back' : `EVACUATION NOT TAKEN BACK: ${outcome.message}`);
  }

  return {
    bitten(atEpochMs) {
      if (!evacuate || aborted.aborted) return;
      const { ask: step, title, timeoutMs, afterMs } = evacuate;
      asking ??= ask(step, title, timeoutMs, atEpochMs + afterMs).catch((error: unknown) => {
        say(`evacuation: not asked for: ${String(error)}`);
      });
    },
    end: (isLeft) => (ending ??= undo(isLeft)),
  };
}

/** Until that instant (epoch ms), or the abort. */
const until = (atEpochMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, Math.max(0, atEpochMs - Date.now()));
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
