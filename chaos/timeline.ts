/**
 * The timeline of an experiment: every fault is started when it is due, seen to bite, undone, and proven gone. Every
 * transition is in the journal before it takes effect, and every fault with the keeper before it starts.
 */
import type { FaultId, PlanExperiment, PlanFault, Undo } from '../src/formats/faults.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import { evacuator } from './evacuate.ts';
import type { Fault } from './fault.ts';
import type { Keeper } from './keeper.ts';
import type { FisDriver } from './drivers/fis/driver.ts';
import type { Controls } from './points.ts';
import type { Planned } from './preflight.ts';
import { readAll, type Seen, watchFault } from './watch.ts';

/** Bite and healing must be seen within this long, unless the fault says that it takes longer. */
const SEEN_WITHIN_MS = 10_000;
/** A fault that could only be kept open for less than this share of its time is not the one that was planned. */
const LEAST_OF_IT = 0.9;
/** A revert that fails is tried again for this long; then the target may be damaged. */
const REVERT_PATIENCE_MS = 20_000;
const AGAIN_MS = 500;
/** What is rolled back elsewhere takes so long at the most (drivers/fis/stop.ts). */
const STOP_WITHIN_MS = 180_000;
/** The hard end of a fault, beyond its planned one: the keeper stops it then, and whoever finds it may. */
export const TTL_MARGIN_MS = 60_000;

export interface LifecycleOptions {
  runId: string;
  runDir: string;
  experiment: PlanExperiment;
  controls: Controls;
  /** `write` throws what keeps a line from the disk; `note` does not, for what must happen all the same. */
  journal: Record<'write' | 'note', (event: JournalEvent) => void>;
  /** Asked before the first fault: why nothing may be injected (the baseline broke a claim), or null. */
  unfit(): string | null;
  /** One line for people, as it happens. */
  say(line: string): void;
  /** Calls off what is being prepared. */
  signal?: AbortSignal;
}

/**
 * How a timeline ended. `unfit`, `no-bite`, `unkept` (the keeper ended while a fault was open), `guarded` (something on the
 * target's side stopped a fault), `cut-short` (one ended by itself) and `damaged` end the run; `aborted` was asked for.
 */
export type TimelineEnd = 'done' | 'aborted' | 'unfit' | 'no-bite' | 'unkept' | 'guarded' | 'cut-short' | 'damaged';

export interface Lifecycle {
  /** Starts the timeline; `t0` is epoch ms. */
  begin(t0: number): void;
  /** Whether a fault is open now. */
  readonly active: boolean;
  /** Whether a fault could not be proven gone. */
  readonly damaged: boolean;
  /** Resolves when no fault is open and none will be; never rejects. */
  ended: Promise<TimelineEnd>;
  /** Undoes everything that is open, starts nothing more. Resolves when that is proven or has failed. Idempotent. */
  abort(why: 'abort' | 'interrupt'): Promise<void>;
  /** Ends the keeper, which stops what it still holds. */
  close(): Promise<void>;
}

/** What the keeper, which counts faults from 1, calls the templates of all of them: they break nothing, but would stay. */
export const TEMPLATES = 0;

/** Its life begins with `begin`; `fis` is closed with it, where faults go through FIS. */
export function timeline(
  options: LifecycleOptions,
  faults: Planned[],
  keeper: Keeper,
  runId: string,
  fis: FisDriver | null,
): Lifecycle {
  const { journal, say } = options;
  const aborting = new AbortController();
  let t0 = 0;
  let why: 'planned' | 'abort' | 'interrupt' = 'planned';
  /** What ended it before its time; the first counts. */
  let early: TimelineEnd | null = null;
  let tellEnd: (end: TimelineEnd) => void = () => {};
  const ended = new Promise<TimelineEnd>((resolve) => (tellEnd = resolve));
  const evacuation = evacuator(options, aborting.signal, () => t0);
  const isOpen = (): boolean => faults.some(({ state }) => state === 'open');
  const isDamaged = (): boolean => faults.some(({ state }) => state === 'damaged');
  const since = (epochMs: number | null): number | null => (epochMs === null ? null : epochMs - t0);

  /** Until `ms` after T0, or the abort. */
  const until = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, t0 + ms - Date.now()));
      const cut = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (aborting.signal.aborted) cut();
      else aborting.signal.addEventListener('abort', cut, { once: true });
    });

  async function live(fault: Planned): Promise<void> {
    const { plan, kind, points } = fault;
    await until(plan.fromMs);
    if (aborting.signal.aborted) return;
    const unfit = faults.every(({ state }) => state === 'planned') ? options.unfit() : null;
    if (unfit !== null) {
      journal.write({ kind: 'guard', guard: 'baseline', message: unfit });
      say(`nothing is injected: ${unfit}`);
      return end('unfit');
    }
    fault.before = await readAll(kind, points, plan.params);
    const ttlMs = plan.toMs - plan.fromMs + TTL_MARGIN_MS;
    const id: FaultId = { runId, number: plan.number, expiresAt: Math.ceil((Date.now() + ttlMs) / 1000) };
    fault.undo = await kind.prepare(points, plan.params, id);
    if (aborting.signal.aborted) return;
    const first = !isOpen();
    // From its first line in the journal on it is open: whoever aborts now waits for the start, and undoes it.
    fault.state = 'open';
    fault.starting = startOne(fault, first, ttlMs);
    const look = (withinMs: number): Promise<Seen> =>
      watchFault(kind, points, plan.params, fault.before, 'yes', withinMs, aborting.signal);
    // What takes its time to start in one place may bite in another: it is looked for from the beginning.
    const early = kind.seenWithinMs === undefined ? null : look(2 * kind.seenWithinMs);
    await fault.starting;
    followOne(fault);
    const seen = await (early ?? look(SEEN_WITHIN_MS));
    if (aborting.signal.aborted) return;
    const bites = seen.atEpochMs !== null;
    journal.write({
      kind: 'fault-bites',
      fault: plan.number,
      bites,
      sinceT0Ms: since(seen.atEpochMs),
      readings: seen.readings,
    });
    say(bites ? `${titleOf(plan)}: bites` : `${titleOf(plan)}: does not bite`);
    if (bites) evacuation.bitten(seen.atEpochMs!);
    if (!bites) return end('no-bite');
    const biteMs = seen.atEpochMs! - t0;
    const lastsMs = plan.lastsMs ?? plan.toMs - biteMs;
    if (plan.toMs - biteMs < LEAST_OF_IT * lastsMs) {
      const message = `it bit so late that it would last ${Math.round((plan.toMs - biteMs) / 100) / 10} of ${lastsMs / 1000} s`;
      say(`${titleOf(plan)}: ${message}`);
      journal.note({ kind: 'fault-failed', fault: plan.number, message });
      return end('cut-short');
    }
    await until(Math.min(plan.toMs, biteMs + lastsMs));
  }

  /** A fault that comes to its end without us ends the experiment: what is left of it is no longer what was planned. */
  function followOne(fault: Planned): void {
    const { plan, kind, undo } = fault;
    void kind.endsByItself?.(undo, fault.over.signal).then((unasked) => {
      if (unasked === null || fault.reverting) return;
      say(`${titleOf(plan)}: ${unasked.message}`);
      if (unasked.guard) journal.note({ kind: 'guard', guard: unasked.guard, message: unasked.message });
      else journal.note({ kind: 'fault-failed', fault: plan.number, message: unasked.message });
      end(unasked.guard ? 'guarded' : 'cut-short');
    });
  }

  /** Journal, keeper, then the fault: in this order, so that whoever dies in between leaves nothing unknown. */
  async function startOne({ plan, kind, undo }: Planned, first: boolean, ttlMs: number): Promise<void> {
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
    await kind.start(undo, aborting.signal);
    journal.write({ kind: 'fault-started', fault: plan.number, spreadMs: performance.now() - begunMs });
  }

  /** Undoes one fault and proves it, whatever the disk says; the state says how that ended. Never rejects. */
  const revert = async (fault: Planned): Promise<void> => {
    if (fault.state === 'open') await (fault.reverting ??= revertOnce(fault));
  };

  async function revertOnce(fault: Planned): Promise<void> {
    await fault.starting.catch(() => {});
    fault.over.abort();
    const { plan, kind, points } = fault;
    journal.note({ kind: 'fault-revert', fault: plan.number, why });
    if (faults.every((other) => other === fault || other.state !== 'open'))
      journal.note({ kind: 'state', state: 'REVERTING' });
    const look = (withinMs: number): Promise<Seen> =>
      watchFault(kind, points, plan.params, fault.before, 'no', withinMs);
    // As at its start: what ends somewhere after the others is no reason to see the healing later.
    const early = kind.seenWithinMs === undefined ? null : look(STOP_WITHIN_MS + kind.seenWithinMs);
    const isUndone = await stopPatiently(kind, fault.undo);
    const seen = await (early ?? look(SEEN_WITHIN_MS));
    const left = await kind.leftovers(points).catch(() => fault.undo);
    const isOurs = left.some(({ fault: id }) => id.runId === runId && id.number === plan.number);
    const gone = isUndone && seen.atEpochMs !== null && !isOurs;
    journal.note({
      kind: 'fault-gone',
      fault: plan.number,
      gone,
      sinceT0Ms: since(seen.atEpochMs),
      readings: seen.readings,
    });
    say(gone ? `${titleOf(plan)}: gone` : `${titleOf(plan)}: COULD NOT BE PROVEN GONE`);
    fault.state = gone ? 'gone' : 'damaged';
    // A fault that is not gone stays with the keeper, which goes on trying when we end.
    if (gone) await keeper.release(plan.number).catch(() => {});
    if (!isOpen()) journal.note({ kind: 'state', state: why === 'planned' ? 'RECOVERING' : 'ABORTED' });
  }

  // A fault that nobody would undo if we died now is not kept open.
  void keeper.exited.then(() => {
    if (isOpen()) end('unkept');
  });

  function end(how: TimelineEnd): void {
    early ??= how;
    void abort('abort');
  }

  async function abort(reason: 'abort' | 'interrupt'): Promise<void> {
    if (why === 'planned') why = reason;
    aborting.abort();
    await Promise.all(faults.map(revert));
    await evacuation.end(isDamaged());
  }

  return {
    get active() {
      return isOpen();
    },
    get damaged() {
      return isDamaged();
    },
    ended,
    abort,
    begin(instant) {
      t0 = instant;
      journal.note({ kind: 'state', state: 'BASELINE' });
      const lives = faults.map(async (fault) => {
        try {
          await live(fault);
        } catch (error) {
          // What could not be started on all points was started on none; what may be half there is undone below.
          if (!aborting.signal.aborted) {
            const message = error instanceof Error ? error.message : String(error);
            say(`${titleOf(fault.plan)}: ${message}`);
            journal.note({ kind: 'fault-failed', fault: fault.plan.number, message });
            end('no-bite');
          }
        }
        await revert(fault);
      });
      void Promise.all(lives).then(async () => {
        await evacuation.end(isDamaged());
        tellEnd(isDamaged() ? 'damaged' : (early ?? (why === 'planned' ? 'done' : 'aborted')));
      });
    },
    async close() {
      await abort('abort');
      // What could not be deleted the keeper tries once more, as it ends.
      if (await fis?.close()) await keeper.release(TEMPLATES).catch(() => {});
      await keeper.stop();
    },
  };
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

/** `region-outage ap-southeast-1 refused`. */
const titleOf = ({ kind, params }: PlanFault): string =>
  [kind, ...Object.values(params).filter((value) => typeof value === 'string')].join(' ');
