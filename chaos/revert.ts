/** Undoes one fault and proves that it is gone. */
import type { Undo } from '../src/formats/faults.ts';
import { type Course, isOpen, SEEN_WITHIN_MS, sinceT0, titleOf } from './course.ts';
import type { Fault } from './fault.ts';
import type { Planned } from './preflight.ts';
import { type Seen, watchFault } from './watch.ts';

/** A revert that fails is tried again for this long; then the target may be damaged. */
const REVERT_PATIENCE_MS = 20_000;
const AGAIN_MS = 500;
/** What is rolled back elsewhere takes so long at the most (drivers/fis/life/stop.ts). */
const STOP_WITHIN_MS = 180_000;

/** Once, if it is open, and whatever the disk says; its state says how that ended. Never rejects. */
export async function revert(course: Course, fault: Planned): Promise<void> {
  if (fault.state === 'open') await (fault.reverting ??= revertOnce(course, fault));
}

async function revertOnce(course: Course, fault: Planned): Promise<void> {
  const { journal, say, keeper, faults } = course;
  const { plan } = fault;
  await fault.starting.catch(() => {});
  fault.over.abort();
  journal.note({ kind: 'fault-revert', fault: plan.number, why: course.why });
  if (faults.every((other) => other === fault || other.state !== 'open'))
    journal.note({ kind: 'state', state: 'REVERTING' });
  const { seen, gone } = await undoAndLook(course.runId, fault);
  journal.note({
    kind: 'fault-gone',
    fault: plan.number,
    gone,
    sinceT0Ms: sinceT0(course, seen.atEpochMs),
    readings: seen.readings,
  });
  say(gone ? `${titleOf(plan)}: gone` : `${titleOf(plan)}: COULD NOT BE PROVEN GONE`);
  fault.state = gone ? 'gone' : 'damaged';
  // A fault that is not gone stays with the keeper, which goes on trying when we end.
  if (gone) await keeper.release(plan.number).catch(() => {});
  if (!isOpen(course)) journal.note({ kind: 'state', state: course.why === 'planned' ? 'RECOVERING' : 'ABORTED' });
}

/** Gone is what was undone, is seen to be gone from outside, and has left nothing of ours behind. */
async function undoAndLook(runId: string, fault: Planned): Promise<{ seen: Seen; gone: boolean }> {
  const { plan, kind, points } = fault;
  const look = (withinMs: number): Promise<Seen> => watchFault(kind, points, plan.params, fault.before, 'no', withinMs);
  // As at its start: what ends somewhere after the others is no reason to see the healing later.
  const early = kind.seenWithinMs === undefined ? null : look(STOP_WITHIN_MS + kind.seenWithinMs);
  const isUndone = await stopPatiently(kind, fault.undo);
  const seen = await (early ?? look(SEEN_WITHIN_MS));
  const left = await kind.leftovers(points).catch(() => fault.undo);
  const isOurs = left.some(({ fault: id }) => id.runId === runId && id.number === plan.number);
  return { seen, gone: isUndone && seen.atEpochMs !== null && !isOurs };
}

async function stopPatiently(kind: Fault<unknown>, undo: Undo[]): Promise<boolean> {
  for (const deadlineMs = Date.now() + REVERT_PATIENCE_MS; ;) {
    const failed = await kind.stop(undo).then(
      () => false,
      () => true,
    );
    if (!failed) return true;
    if (Date.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
