/** Undoes one fault and confirms that it is cleared. */
import type { Undo } from '../src/formats/faults.ts';
import type { Fault } from './fault.ts';
import type { Planned } from './preflight.ts';
import { type TimelineContext, isOpen, SEEN_WITHIN_MS, sinceT0, titleOf } from './timeline-context.ts';
import { type Observation, watchFault } from './watch.ts';

/** How long a failing revert is retried; after that the target may be damaged. */
const RETRY_FOR_MS = 20_000;
const RETRY_MS = 500;
/** Upper bound on the roll-back of FIS (drivers/fis/life/stop.ts). */
const STOP_WITHIN_MS = 180_000;

/** Reverts an open fault once, even if the journal cannot be written; `fault.state` is the result. Never rejects. */
export async function revert(context: TimelineContext, fault: Planned): Promise<void> {
  if (fault.state === 'open') await (fault.reverting ??= revertOnce(context, fault));
}

async function revertOnce(context: TimelineContext, fault: Planned): Promise<void> {
  const { journal, log, keeper, faults } = context;
  const { plan } = fault;
  await fault.starting.catch(() => {});
  fault.over.abort();
  journal.note({ kind: 'fault-revert', fault: plan.number, why: context.why });
  if (faults.every((other) => other === fault || other.state !== 'open'))
    journal.note({ kind: 'state', state: 'REVERTING' });
  const { observed, isCleared } = await undoAndObserve(context.runId, fault);
  journal.note({
    kind: 'fault-gone',
    fault: plan.number,
    gone: isCleared,
    sinceT0Ms: sinceT0(context, observed.atEpochMs),
    readings: observed.readings,
  });
  log(`${titleOf(plan)}: ${isCleared ? 'cleared' : 'COULD NOT BE CONFIRMED CLEARED'}`);
  fault.state = isCleared ? 'cleared' : 'damaged';
  // The keeper holds on to a fault that is not cleared, and retries when the harness ends.
  if (isCleared) await keeper.release(plan.number).catch(() => {});
  if (!isOpen(context)) journal.note({ kind: 'state', state: context.why === 'planned' ? 'RECOVERING' : 'ABORTED' });
}

/** Cleared: it was undone, probes confirm it, and no leftover of it is found. */
async function undoAndObserve(runId: string, fault: Planned): Promise<{ observed: Observation; isCleared: boolean }> {
  const { plan, kind, points } = fault;
  const observe = (withinMs: number): Promise<Observation> =>
    watchFault(kind, points, plan.params, fault.before, 'no', withinMs);
  // A slow roll-back at one point must not delay what probes see at the others, so probing begins before the stop ends.
  const early = kind.seenWithinMs === undefined ? null : observe(STOP_WITHIN_MS + kind.seenWithinMs);
  const isUndone = await stopWithRetries(kind, fault.undo);
  const observed = await (early ?? observe(SEEN_WITHIN_MS));
  const left = await kind.leftovers(points).catch(() => fault.undo);
  const isOurs = left.some(({ fault: id }) => id.runId === runId && id.number === plan.number);
  return { observed, isCleared: isUndone && observed.atEpochMs !== null && !isOurs };
}

async function stopWithRetries(kind: Fault<unknown>, undo: Undo[]): Promise<boolean> {
  for (const deadlineMs = Date.now() + RETRY_FOR_MS; ;) {
    const failed = await kind.stop(undo).then(
      () => false,
      () => true,
    );
    if (!failed) return true;
    if (Date.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
