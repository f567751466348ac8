/** Starts one fault when it is due, waits until probes see it in effect, and keeps it open for its planned duration. */
import type { FaultId } from '../src/formats/faults.ts';
import type { Planned } from './preflight.ts';
import { type TimelineContext, isOpen, SEEN_WITHIN_MS, sinceT0, titleOf } from './timeline-context.ts';
import { type Observation, probeAll, watchFault } from './watch.ts';

/** Added to the planned end to get the hard expiry: the keeper stops the fault then, and anyone who finds it may. */
export const TTL_MARGIN_MS = 60_000;
/** A fault must last at least this share of its planned duration. */
const MIN_DURATION_SHARE = 0.9;

/**
 * Resolves when it is time to undo the fault, or when the timeline is ending. Rejects if it could not be started; the
 * caller undoes what may be half started.
 */
export async function inject(context: TimelineContext, fault: Planned): Promise<void> {
  const { plan, kind, points } = fault;
  await until(context, plan.fromMs);
  if (context.aborted.aborted || hasBaselineFailed(context)) return;
  fault.before = await probeAll(kind, points, plan.params);
  const ttlMs = plan.toMs - plan.fromMs + TTL_MARGIN_MS;
  const expiresAt = Math.ceil((Date.now() + ttlMs) / 1000);
  const id: FaultId = { runId: context.runId, number: plan.number, expiresAt };
  fault.undo = await kind.prepare(points, plan.params, id);
  if (context.aborted.aborted) return;
  const observed = await startAndObserve(context, fault, ttlMs);
  if (context.aborted.aborted) return;
  const endMs = plannedEndMs(context, fault, observed);
  if (endMs !== null) await until(context, endMs);
}

/** Resolves `ms` after T0, or at the abort. */
const until = ({ t0, aborted }: TimelineContext, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, t0 + ms - Date.now()));
    const cut = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (aborted.aborted) cut();
    else aborted.addEventListener('abort', cut, { once: true });
  });

/** Ends the timeline if the baseline broke a claim; checked before the first fault only. */
function hasBaselineFailed(context: TimelineContext): boolean {
  const failure = context.faults.every(({ state }) => state === 'planned') ? context.baselineFailure() : null;
  if (failure === null) return false;
  context.journal.write({ kind: 'guard', guard: 'baseline', message: failure });
  context.log(`no fault injected: ${failure}`);
  context.end('baseline-failed');
  return true;
}

async function startAndObserve(context: TimelineContext, fault: Planned, ttlMs: number): Promise<Observation> {
  const { plan, kind, points } = fault;
  const first = !isOpen(context);
  // Open from its first line in the journal on: an abort waits for the start, then undoes it.
  fault.state = 'open';
  fault.starting = start(context, fault, first, ttlMs);
  const observe = (withinMs: number): Promise<Observation> =>
    watchFault(kind, points, plan.params, fault.before, 'yes', withinMs, context.aborted);
  // A fault that starts slowly at one point may already be in effect at another, so probing begins before the start
  // ends.
  const early = kind.seenWithinMs === undefined ? null : observe(2 * kind.seenWithinMs);
  await fault.starting;
  followEarlyEnd(context, fault);
  return await (early ?? observe(SEEN_WITHIN_MS));
}

/** Journal, keeper, fault: in this order, so that a crash in between leaves no unknown fault. */
async function start(
  { journal, keeper, aborted }: TimelineContext,
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

/** A fault that ends by itself ends the experiment: the planned fault is not the one that ran. */
function followEarlyEnd({ journal, log, end }: TimelineContext, fault: Planned): void {
  const { plan, kind, undo } = fault;
  void kind.endsByItself?.(undo, fault.over.signal).then((early) => {
    if (early === null || fault.reverting) return;
    log(`${titleOf(plan)}: ${early.message}`);
    if (early.guard) journal.note({ kind: 'guard', guard: early.guard, message: early.message });
    else journal.note({ kind: 'fault-failed', fault: plan.number, message: early.message });
    end(early.guard ? 'guard' : 'ended-early');
  });
}

/** When to undo the fault, ms since T0; null if it had no observable effect, or took effect too late to last. */
function plannedEndMs(context: TimelineContext, { plan }: Planned, observed: Observation): number | null {
  const { journal, log } = context;
  const { atEpochMs, readings } = observed;
  const effectMs = sinceT0(context, atEpochMs);
  const hasEffect = effectMs !== null;
  journal.write({ kind: 'fault-bites', fault: plan.number, bites: hasEffect, sinceT0Ms: effectMs, readings });
  log(`${titleOf(plan)}: ${hasEffect ? 'in effect' : 'had no observable effect'}`);
  if (!hasEffect) {
    context.end('no-effect');
    return null;
  }
  context.evacuation.onFaultInEffect(atEpochMs!);
  const lastsMs = plan.lastsMs ?? plan.toMs - effectMs;
  if (plan.toMs - effectMs >= MIN_DURATION_SHARE * lastsMs) return Math.min(plan.toMs, effectMs + lastsMs);
  const leftSeconds = Math.round((plan.toMs - effectMs) / 100) / 10;
  const message = `it took effect so late that it would last only ${leftSeconds} of ${lastsMs / 1000} s`;
  log(`${titleOf(plan)}: ${message}`);
  journal.note({ kind: 'fault-failed', fault: plan.number, message });
  context.end('ended-early');
  return null;
}
