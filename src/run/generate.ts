/** Runs k6 on the timetable: harness server, k6, what watches it and what stops it. */
import type { Lifecycle } from '../../chaos/timeline.ts';
import { brokenError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerClient, PlayerConfig, PlayerOptions } from '../formats/player.ts';
import type { RecordedRow } from '../formats/recording.ts';
import { hangMs } from '../plan/hang-window.ts';
import type { Cleanup } from './cleanup.ts';
import { watchClock } from './clock-watch.ts';
import { killOnExit } from './dead-man.ts';
import { type Progress, stopOf, stopWhen } from './generator-stop.ts';
import { watchGenerator } from './generator-watch.ts';
import { startHarnessServer } from './harness-server.ts';
import type { Journal } from './journal.ts';
import { type Generator, type GeneratorEnd, generatorEndMeaning, startK6 } from './k6.ts';
import type { NameService } from './name-service.ts';
import { RateLimit } from './rate-limit.ts';
import { RecordingTail } from './recording-tail.ts';
import { smokeVerdict } from './smoke.ts';

/** From the moment all virtual users are ready to T0: time for k6 to start all clients. */
const T0_AHEAD_MS = 300;
const T0_AHEAD_PER_CLIENT_MS = 0.2;

/** Beyond the plan's end and the longest timeout, k6 gets this long before it is told to stop. */
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
  /** Values to redact from k6's output. */
  secrets: readonly string[];
  out: string[];
  journal: Journal;
  cleanup: Cleanup;
  /** Aborted by Ctrl-C: stops k6, keeps the recording. */
  signal: AbortSignal;
  /** Resolves with a message when lanes or world exit by themselves, which ends the run. */
  lost: Promise<string>;
  /** The faults of the run; null for load alone. */
  experiment: Lifecycle | null;
  /** Why the run must stop early, by the rows so far; null to continue. */
  guard: (nowMs: number) => string | null;
  onRow(row: RecordedRow): void;
  onTick(nowMs: number): void;
  /** Called when T0 is chosen: from now on requests are sent. */
  onStart(): void;
  /** Prints a line before the load. */
  report(line: string): void;
}

export interface Generated {
  end: GeneratorEnd;
  /** Epoch ms of T0; null when k6 ended before it was ready. */
  t0: number | null;
  /** True when rows were not played: interrupted, or k6 or the lanes exited early. */
  cutShort: boolean;
}

interface Horizon {
  /** The last requests of the timetable are sent by then, ms since T0. */
  endMs: number;
  /** The longest a row can take, ms. */
  longestMs: number;
}

/** Runs k6 on the timetable and watches rows, clocks and k6's CPU. Returns when k6 has exited. */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { plan, journal, cleanup, experiment } = options;
  const progress: Progress = { t0: null, refused: null, stopped: false, over: false };
  const longestMs = Math.max(...plan.operations.map((_, operation) => hangMs(plan, operation)));
  const horizon = { endMs: plan.durationMs + longestMs, longestMs };
  const harnessUrl = await serve(options, progress, horizon);
  const k6 = await start(options, harnessUrl, horizon);

  const clock = watchClock((stepMs) => journal.note({ kind: 'clock', stepMs }));
  cleanup.add('clock watch', () => clock.stop());
  const tail = new RecordingTail(`${options.runDir}/recording.log`, (row) => options.onRow(row));
  cleanup.add('recording tail', () => tail.close());
  const stop = stopOf({ progress, k6, journal, experiment });
  const { guard, onTick } = options;
  const watch = watchGenerator({ progress, pid: k6.pid, tail, journal, stop, guard, onTick });
  cleanup.add('tick', () => watch.stop());
  stopWhen(options, stop);

  const end = await k6.ended;
  progress.over = true;
  // The load ended first (k6 died, or was stopped): revert faults that are still in effect.
  await experiment?.abort('abort');
  clock.stop();
  await watch.finish();
  journal.write({ kind: 'generator-ended', ...end });
  return conclude(progress, end);
}

/** Starts the server that gives k6 T0, DNS answers and permits within the target's limit; returns its URL. */
async function serve(options: GenerateOptions, progress: Progress, { endMs }: Horizon): Promise<string> {
  const { plan, journal, cleanup } = options;
  const { maxRatePerSecond } = plan.target;
  const limit = maxRatePerSecond === null ? null : new RateLimit(plan, options.timetable, maxRatePerSecond, endMs);
  const sinceT0 = (): number => Date.now() - (progress.t0 ?? Date.now());
  const server = await startHarnessServer({
    plan,
    names: options.names,
    ...(limit && { permit: (inMs, dueMs, isNowOrNever) => limit.take(sinceT0() + inMs, dueMs, isNowOrNever) }),
    chooseT0: (findings) => {
      const { error, lines } = smokeVerdict(plan, findings);
      for (const line of lines) options.report(line);
      if (error) {
        progress.refused = error;
        return null;
      }
      const t0 = Date.now() + Math.round(T0_AHEAD_MS + options.clients.length * T0_AHEAD_PER_CLIENT_MS);
      progress.t0 = t0;
      journal.note({ kind: 't0', epochMs: t0 });
      options.onStart();
      journal.startClock(t0);
      options.experiment?.begin(t0);
      return t0;
    },
  });
  cleanup.add('harness server', () => server.stop());
  return server.url;
}

/** Starts k6, which is ended when this process exits, whatever kills it. */
async function start(options: GenerateOptions, harnessUrl: string, { endMs, longestMs }: Horizon): Promise<Generator> {
  const { plan, journal, cleanup, k6: path, runDir, workDir, clients, hosts, environment, secrets, out } = options;
  const k6 = await startK6({
    k6: path,
    runDir,
    workDir,
    config: { ...options.config, harnessUrl },
    clients,
    // A retry may begin as late as endMs, and take as long as any row.
    player: {
      hosts,
      endMs,
      permits: plan.target.maxRatePerSecond !== null,
      maxDurationSeconds: Math.ceil((endMs + longestMs + END_MARGIN_MS) / 1000),
    },
    environment,
    secrets,
    out,
  });
  const deadMan = killOnExit(k6.pid, workDir);
  cleanup.add('k6', async () => {
    await options.experiment?.abort('abort');
    await k6.stop();
    deadMan.release();
  });
  journal.write({ kind: 'generator-started', pid: k6.pid, tool: 'k6' });
  return k6;
}

/** @throws the reason why no load was sent. */
function conclude({ t0, refused, stopped }: Progress, end: GeneratorEnd): Generated {
  if (refused !== null) throw refused;
  if (t0 === null && !stopped) {
    throw brokenError({
      what: `k6 exited before the first request: ${generatorEndMeaning(end)}`,
      got: end.message.slice(-800) || 'no output',
      next: 'Run `npm run doctor`.',
    });
  }
  return { end, t0, cutShort: stopped || end.exitCode !== 0 };
}
