import { type AntipodeError, brokenError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerClient, PlayerConfig, PlayerOptions } from '../formats/player.ts';
import type { RecordedRow } from '../formats/recording.ts';
import { hangMs } from '../plan/hang-window.ts';
import type { Lifecycle } from '../../chaos/timeline.ts';
import type { Cleanup } from './cleanup.ts';
import { watchClock } from './clock-watch.ts';
import { endWithUs } from './dead-man.ts';
import { startHarnessServer } from './harness-server.ts';
import type { Journal } from './journal.ts';
import { GENERATOR_CORES, generatorEndMeaning, startK6 } from './k6.ts';
import type { GeneratorEnd } from './k6.ts';
import type { NameService } from './name-service.ts';
import { processUsage } from './process-usage.ts';
import type { ProcessUsage } from './process-usage.ts';
import { RateLimit } from './rate-limit.ts';
import { RecordingTail } from './recording-tail.ts';
import { smokeVerdict } from './smoke.ts';

const TICK_MS = 500;

/** From the last virtual user being ready to the first instant of the run: room for k6 to start all clients. */
const T0_AHEAD_MS = 300;
const T0_AHEAD_PER_CLIENT_MS = 0.2;

/** Beyond the plan's end and the longest time-out, k6 gets this long before it is told to stop. */
const END_MARGIN_MS = 10_000;

export interface GenerateOptions {
  plan: RunPlan;
  runDir: string;
  workDir: string;
  k6: string;
  config: Omit<PlayerConfig, 'harnessUrl'>;
  clients: PlayerClient[];
  /** timetable.bin */
  timetable: Uint8Array;
  hosts: PlayerOptions['hosts'];
  names: NameService;
  environment: Record<string, string>;
  /** Values that k6's words must not repeat. */
  secrets: readonly string[];
  out: string[];
  journal: Journal;
  cleanup: Cleanup;
  /** Aborted by Ctrl-C: stops k6, keeps what is recorded. */
  signal: AbortSignal;
  /** Resolves, saying what, when lanes or world end by themselves: that ends the run. */
  lost: Promise<string>;
  /** The faults of the run; null for load alone. */
  experiment: Lifecycle | null;
  /** Says why the run must end early, looking at what came so far; null to go on. */
  guard: (nowMs: number) => string | null;
  onRow(row: RecordedRow): void;
  onTick(nowMs: number): void;
  /** Called when T0 is chosen: from now on requests leave. */
  onStart(): void;
  /** A line for the terminal before the load. */
  say(line: string): void;
}

export interface Generated {
  end: GeneratorEnd;
  /** Epoch ms of T0; null when k6 ended before it was ready. */
  t0: number | null;
  /** True when not every row had its turn: interrupted, or k6 or the lanes ended early. */
  cutShort: boolean;
}

/** Lets k6 play the timetable, and watches: rows as they come, clocks, k6's CPU. Returns when k6 has ended. */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { plan, journal, cleanup, signal, experiment } = options;
  const longestMs = Math.max(...plan.operations.map((_, operation) => hangMs(plan, operation)));
  const endMs = plan.durationMs + longestMs;
  const { maxRatePerSecond } = plan.target;
  const limit = maxRatePerSecond === null ? null : new RateLimit(plan, options.timetable, maxRatePerSecond, endMs);
  const sinceT0 = (): number => Date.now() - (t0 ?? Date.now());
  let refused: AntipodeError | null = null;
  let t0: number | null = null;
  let usageAtStart: ProcessUsage | null = null;
  const server = await startHarnessServer({
    plan,
    names: options.names,
    ...(limit && { permit: (inMs, dueMs, isNowOrNever) => limit.take(sinceT0() + inMs, dueMs, isNowOrNever) }),
    chooseT0: (findings) => {
      const { error, lines } = smokeVerdict(plan, findings);
      for (const line of lines) options.say(line);
      if (error) {
        refused = error;
        return null;
      }
      t0 = Date.now() + Math.round(T0_AHEAD_MS + options.clients.length * T0_AHEAD_PER_CLIENT_MS);
      journal.note({ kind: 't0', epochMs: t0 });
      options.onStart();
      journal.startClock(t0);
      experiment?.begin(t0);
      return t0;
    },
  });
  cleanup.add('harness server', () => server.stop());

  const k6 = await startK6({
    k6: options.k6,
    runDir: options.runDir,
    workDir: options.workDir,
    config: { ...options.config, harnessUrl: server.url },
    clients: options.clients,
    // A retry may begin as late as endMs, and take as long as anything.
    player: {
      hosts: options.hosts,
      endMs,
      permits: limit !== null,
      maxDurationSeconds: Math.ceil((endMs + longestMs + END_MARGIN_MS) / 1000),
    },
    environment: options.environment,
    secrets: options.secrets,
    out: options.out,
  });
  const deadMan = endWithUs(k6.pid, options.workDir);
  cleanup.add('k6', async () => {
    await experiment?.abort('abort');
    await k6.stop();
    deadMan.release();
  });
  journal.write({ kind: 'generator-started', pid: k6.pid, tool: 'k6' });

  const clock = watchClock((stepMs) => journal.note({ kind: 'clock', stepMs }));
  cleanup.add('clock watch', () => clock.stop());
  const tail = new RecordingTail(`${options.runDir}/recording.log`, (row) => options.onRow(row));
  cleanup.add('recording tail', () => tail.close());

  let usage: ProcessUsage | null = null;
  let busy = false;
  const tick = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    const now = await processUsage(k6.pid);
    // A process that has just ended has no memory any more.
    if (now && now.rssBytes > 0) usage = now;
    if (t0 !== null && Date.now() >= t0) usageAtStart ??= usage;
    await tail.read();
    if (t0 !== null) {
      options.onTick(Date.now() - t0);
      const crossed = options.guard(Date.now() - t0);
      if (crossed) {
        if (!interrupted && !over) journal.note({ kind: 'guard', guard: 'outside-bad-share', message: crossed });
        stop('limit', crossed);
      }
    }
    busy = false;
  };
  let failure: Error | undefined;
  const timer = setInterval(() => {
    tick().catch((error: unknown) => {
      failure ??= error instanceof Error ? error : new Error(String(error));
    });
  }, TICK_MS);
  cleanup.add('tick', () => clearInterval(timer));

  let interrupted = false;
  let over = false;
  const stop = (why: 'interrupt' | 'error' | 'limit', message: string): void => {
    if (interrupted || over) return;
    interrupted = true;
    if (t0 === null && why !== 'interrupt')
      refused ??= brokenError({ what: `The run ended before the first request: ${message}` });
    journal.note({ kind: 'stop-requested', why, message });
    // What is broken is mended first; that the load went on a little longer hurts nobody.
    const mended = experiment?.abort(why === 'interrupt' ? 'interrupt' : 'abort') ?? Promise.resolve();
    void mended.finally(() => void k6.stop());
  };
  signal.addEventListener('abort', () => stop('interrupt', String(signal.reason)), { once: true });
  if (signal.aborted) stop('interrupt', String(signal.reason));
  void options.lost.then((message) => stop('error', message));
  void journal.failed.then((error) => stop('error', error.message));

  void experiment?.ended.then((how) => {
    if (how === 'unfit') stop('limit', 'the baseline broke a claim, so nothing was injected');
    if (how === 'no-bite') stop('error', 'a fault did not bite');
    if (how === 'guarded') stop('limit', 'a fault was stopped on the side of the target');
    if (how === 'cut-short') stop('error', 'a fault came to its end by itself');
    if (how === 'unkept') stop('error', 'the keeper of the faults ended by itself');
    if (how === 'damaged') stop('error', 'a fault could not be proven gone');
  });

  const end = await k6.ended;
  over = true;
  // The load ended first (k6 died, or was stopped): what is still broken is mended now.
  await experiment?.abort('abort');
  clearInterval(timer);
  await tail.read();
  clock.stop();
  if (failure) throw failure;
  const startUsage = usageAtStart as ProcessUsage | null;
  const endUsage = usage as ProcessUsage | null;
  if (t0 !== null && startUsage && endUsage) {
    journal.write({
      kind: 'generator-health',
      cpuSeconds: endUsage.cpuSeconds - startUsage.cpuSeconds,
      wallSeconds: Math.max(0.001, (Date.now() - t0) / 1000),
      rssBytes: endUsage.rssBytes,
      cores: GENERATOR_CORES,
    });
  }
  journal.write({ kind: 'generator-ended', ...end });
  if (refused !== null) throw refused as AntipodeError;
  if (t0 === null && !interrupted) {
    throw brokenError({
      what: `k6 ended before the first request: ${generatorEndMeaning(end)}`,
      got: end.message.slice(-800) || 'no words of its own',
      next: 'Run `npm run doctor`.',
    });
  }
  return { end, t0, cutShort: interrupted || end.exitCode !== 0 };
}
