/** One fault from its instant on: started, seen to bite, and left open for as long as it is to last. */
import type { FaultId } from '../src/formats/faults.ts';
import { type Course, isOpen, SEEN_WITHIN_MS, sinceT0, titleOf } from './course.ts';
import type { Planned } from './preflight.ts';
import { readAll, type Seen, watchFault } from './watch.ts';

/** The hard end of a fault, beyond its planned one: the keeper stops it then, and whoever finds it may. */
export const TTL_MARGIN_MS = 60_000;
/** A fault that could only be kept open for less than this share of its time is not the one that was planned. */
const LEAST_OF_IT = 0.9;

/**
 * Resolves when it is time to undo it, or when there is nothing to wait for: the timeline is being ended. Rejects where
 * it could not be started; what may be half there is the caller's to undo.
 */
export async function inject(course: Course, fault: Planned): Promise<void> {
  const { plan, kind, points } = fault;
  await until(course, plan.fromMs);
  if (course.aborted.aborted || isUnfit(course)) return;
  fault.before = await readAll(kind, points, plan.params);
  const ttlMs = plan.toMs - plan.fromMs + TTL_MARGIN_MS;
  const expiresAt = Math.ceil((Date.now() + ttlMs) / 1000);
  const id: FaultId = { runId: course.runId, number: plan.number, expiresAt };
  fault.undo = await kind.prepare(points, plan.params, id);
  if (course.aborted.aborted) return;
  const seen = await startAndLook(course, fault, ttlMs);
  if (course.aborted.aborted) return;
  const endMs = endOfBite(course, fault, seen);
  if (endMs !== null) await until(course, endMs);
}

/** Until `ms` after T0, or the abort. */
const until = ({ t0, aborted }: Course, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, t0 + ms - Date.now()));
    const cut = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (aborted.aborted) cut();
    else aborted.addEventListener('abort', cut, { once: true });
  });

/** Ends the timeline where the baseline broke a claim; asked before the first fault alone. */
function isUnfit(course: Course): boolean {
  const unfit = course.faults.every(({ state }) => state === 'planned') ? course.unfit() : null;
  if (unfit === null) return false;
  course.journal.write({ kind: 'guard', guard: 'baseline', message: unfit });
  course.say(`nothing is injected: ${unfit}`);
  course.end('unfit');
  return true;
}

async function startAndLook(course: Course, fault: Planned, ttlMs: number): Promise<Seen> {
  const { plan, kind, points } = fault;
  const first = !isOpen(course);
  // From its first line in the journal on it is open: whoever aborts now waits for the start, and undoes it.
  fault.state = 'open';
  fault.starting = start(course, fault, first, ttlMs);
  const look = (withinMs: number): Promise<Seen> =>
    watchFault(kind, points, plan.params, fault.before, 'yes', withinMs, course.aborted);
  // What takes its time to start in one place may bite in another: it is looked for from the beginning.
  const early = kind.seenWithinMs === undefined ? null : look(2 * kind.seenWithinMs);
  await fault.starting;
  follow(course, fault);
  return await (early ?? look(SEEN_WITHIN_MS));
}

/** Journal, keeper, then the fault: in this order, so that whoever dies in between leaves nothing unknown. */
async function start(
  { journal, keeper, aborted }: Course,
  { plan, kind, undo }: Planned,
  first: boolean,
  ttlMs: number,
): Promise<void> {
  journal.write({
    kind: 'fault-intent',
    fault: plan.number,
    faultKind: plan.kind,
    params: plan.params,
    undo,
  });
  if (first) journal.write({ kind: 'state', state: 'ACTIVE' });
  await keeper.hold(plan.number, undo, ttlMs);
  const begunMs = performance.now();
  await kind.start(undo, aborted);
  journal.write({ kind: 'fault-started', fault: plan.number, spreadMs: performance.now() - begunMs });
}

/** A fault that comes to its end without us ends the experiment: what is left of it is no longer what was planned. */
function follow({ journal, say, end }: Course, fault: Planned): void {
  const { plan, kind, undo } = fault;
  void kind.endsByItself?.(undo, fault.over.signal).then((unasked) => {
    if (unasked === null || fault.reverting) return;
    say(`${titleOf(plan)}: ${unasked.message}`);
    if (unasked.guard) journal.note({ kind: 'guard', guard: unasked.guard, message: unasked.message });
    else journal.note({ kind: 'fault-failed', fault: plan.number, message: unasked.message });
    end(unasked.guard ? 'guarded' : 'cut-short');
  });
}

/**
 * Until when it is to last, ms since T0; null where it does not bite, or so late that it would not be what was planned.
 */
function endOfBite(course: Course, { plan }: Planned, seen: Seen): number | null {
  const { journal, say } = course;
  const { atEpochMs, readings } = seen;
  const biteMs = sinceT0(course, atEpochMs);
  const bites = biteMs !== null;
  journal.write({ kind: 'fault-bites', fault: plan.number, bites, sinceT0Ms: biteMs, readings });
  say(bites ? `${titleOf(plan)}: bites` : `${titleOf(plan)}: does not bite`);
  if (!bites) {
    course.end('no-bite');
    return null;
  }
  course.evacuation.bitten(atEpochMs!);
  const lastsMs = plan.lastsMs ?? plan.toMs - biteMs;
  if (plan.toMs - biteMs >= LEAST_OF_IT * lastsMs) return Math.min(plan.toMs, biteMs + lastsMs);
  const message = `it bit so late that it would last ${Math.round((plan.toMs - biteMs) / 100) / 10} of ${lastsMs / 1000} s`;
  say(`${titleOf(plan)}: ${message}`);
  journal.note({ kind: 'fault-failed', fault: plan.number, message });
  course.end('cut-short');
  return null;
}
