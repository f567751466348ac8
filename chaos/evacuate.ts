/**
 * The evacuation of an experiment: requested once, a fixed time after the first fault took effect, with its own times
 * in the journal; undone when all faults are cleared. It is not a fault: the keeper does not hold it, and if the
 * harness dies it stays in effect until somebody undoes it.
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
  log(line: string): void;
}

export interface Evacuator {
  /** The first fault took effect at this instant (epoch ms); later calls change nothing. */
  onFaultInEffect(atEpochMs: number): void;
  /**
   * All faults are over: aborts a request in progress and undoes the evacuation if it may be in effect. With
   * `isFaultLeft` it stays, since users would be sent back to the fault. Idempotent; resolves when that is done or has
   * failed, never rejects.
   */
  end(isFaultLeft: boolean): Promise<void>;
}

/** Upper bound on the undo, so that Ctrl-C does not take as long as the slowest evacuation. */
const MAX_UNDO_MS = 30_000;

/** `aborted` cancels a request in progress at once; `t0` is the T0 of the run, epoch ms. */
export function evacuator(
  { experiment, controls, journal, log }: EvacuatorOptions,
  aborted: AbortSignal,
  t0: () => number,
): Evacuator {
  const { evacuate } = experiment;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, aborted]);
  const control = controls.world?.control.url ?? null;
  let requesting: Promise<void> | null = null;
  let ending: Promise<void> | null = null;
  /** True from the request on, unless a response says that nothing was done. */
  let mayBeInEffect = false;

  const note = (step: 'asked' | 'done' | 'undone', { ok, message }: StepOutcome, begunMs: number): void => {
    const nowMs = Date.now();
    journal.note({ kind: 'evacuation', step, ok, sinceT0Ms: nowMs - t0(), tookMs: nowMs - begunMs, message });
  };

  async function request(step: EvacuationStep, title: string, timeoutMs: number, atEpochMs: number): Promise<void> {
    await until(atEpochMs, signal);
    if (signal.aborted) return;
    const begunMs = Date.now();
    // Written first: what cannot be recorded is not done.
    journal.write({
      kind: 'evacuation',
      step: 'asked',
      ok: true,
      sinceT0Ms: begunMs - t0(),
      tookMs: 0,
      message: title,
    });
    log(`evacuation requested: ${title}`);
    mayBeInEffect = true;
    const outcome = await takeStep(step, control, timeoutMs, signal);
    mayBeInEffect = !outcome.refused;
    note('done', outcome, begunMs);
    const took = `after ${((Date.now() - begunMs) / 1000).toFixed(1)} s`;
    log(outcome.ok ? `evacuation: request completed ${took}` : `EVACUATION FAILED ${took}: ${outcome.message}`);
  }

  async function undo(isFaultLeft: boolean): Promise<void> {
    over.abort();
    await requesting;
    if (!mayBeInEffect || !evacuate) return;
    if (!evacuate.undo) return log('evacuation: the experiment declares no `undo:`; it stays in effect');
    const begunMs = Date.now();
    const outcome = isFaultLeft
      ? {
          ok: false,
          message: 'a fault could not be confirmed cleared, so the evacuation stays in effect',
          refused: false,
        }
      : await takeStep(evacuate.undo, control, Math.min(evacuate.timeoutMs, MAX_UNDO_MS), new AbortController().signal);
    note('undone', outcome, begunMs);
    log(outcome.ok ? 'evacuation: reverted' : `EVACUATION NOT REVERTED: ${outcome.message}`);
  }

  return {
    onFaultInEffect(atEpochMs) {
      if (!evacuate || aborted.aborted) return;
      const { ask: step, title, timeoutMs, afterMs } = evacuate;
      requesting ??= request(step, title, timeoutMs, atEpochMs + afterMs).catch((error: unknown) => {
        log(`evacuation: not requested: ${String(error)}`);
      });
    },
    end: (isFaultLeft) => (ending ??= undo(isFaultLeft)),
  };
}

/** Until that instant (epoch ms), or the abort. */
const until = (atEpochMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, Math.max(0, atEpochMs - Date.now()));
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
