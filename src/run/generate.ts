/** Lets k6 play the timetable: harness server, k6, what watches it and what ends it. */
import type { Lifecycle } from '../../chaos/timeline.ts';
import { brokenError } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';
import type { PlayerClient, PlayerConfig, PlayerOptions } from '../formats/player.ts';
import type { RecordedRow } from '../formats/recording.ts';
import { hangMs } from '../plan/hang-window.ts';
import type { Cleanup } from './cleanup.ts';
import { watchClock } from './clock-watch.ts';
import { endWithUs } from './dead-man.ts';
import { type Progress, stopOf, stopWhen } from './generator-stop.ts';
import { watchGenerator } from './generator-watch.ts';
import { startHarnessServer } from './harness-server.ts';
import type { Journal } from './journal.ts';
import { type Generator, type GeneratorEnd, generatorEndMeaning, startK6 } from './k6.ts';
import type { NameService } from './name-service.ts';
import { RateLimit } from './rate-limit.ts';
import { RecordingTail } from './recording-tail.ts';
import { smokeVerdict } from './smoke.ts';

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

/** When the last requests are over, ms since T0. */
interface Horizon {
  /** Those of the timetable. */
  endMs: number;
  /** The longest that one may hang. */
  longestMs: number;
}

/** Lets k6 play the timetable, and watches: rows as they come, clocks, k6's CPU. Returns when k6 has ended. */
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
  // The load ended first (k6 died, or was stopped): what is still broken is mended now.
  await experiment?.abort('abort');
  clock.stop();
  await watch.finish();
  journal.write({ kind: 'generator-ended', ...end });
  return conclude(progress, end);
}

/** Starts the server that k6 asks for T0, names and places within the target's limit; returns its URL. */
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
      for (const line of lines) options.say(line);
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

/** k6, which ends with us whatever becomes of us. */
async function start(options: GenerateOptions, harnessUrl: string, { endMs, longestMs }: Horizon): Promise<Generator> {
  const { plan, journal, cleanup, k6: path, runDir, workDir, clients, hosts, environment, secrets, out } = options;
  const k6 = await startK6({
    k6: path,
    runDir,
    workDir,
    config: { ...options.config, harnessUrl },
    clients,
    // A retry may begin as late as endMs, and take as long as anything.
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
  const deadMan = endWithUs(k6.pid, workDir);
  cleanup.add('k6', async () => {
    await options.experiment?.abort('abort');
    await k6.stop();
    deadMan.release();
  });
  journal.write({ kind: 'generator-started', pid: k6.pid, tool: 'k6' });
  return k6;
}

/** @throws what forbade the load, or kept k6 from sending any. */
function conclude({ t0, refused, stopped }: Progress, end: GeneratorEnd): Generated {
  if (refused !== null) throw refused;
  if (t0 === null && !stopped) {
    throw brokenError({
      what: `k6 ended before the first request: ${generatorEndMeaning(end)}`,
      got: end.message.slice(-800) || 'no words of its own',
      next: 'Run `npm run doctor`.',
    });
  }
  return { end, t0, cutShort: stopped || end.exitCode !== 0 };
}
