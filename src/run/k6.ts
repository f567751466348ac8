import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { PlayerClient, PlayerConfig, PlayerOptions } from '../formats/player.ts';
import { bundlePlayer } from './bundle.ts';
import { outputSecrets, outputVariables } from './k6-environment.ts';
import { keepWords } from './k6-words.ts';

/** How long k6 may take to end after SIGINT before it is killed. */
const STOP_DEADLINE_MS = 5_000;

/** Cores k6 may use. */
export const GENERATOR_CORES = Math.min(2, availableParallelism());

/**
 * Go's runtime for k6. Requests that are due must not wait for the collector or for one another: at 1,000/s, 300
 * clients and the target on the same two cores, the send lag's p99 was 20 ms with one core and Go's default, 9 ms with
 * one core and a collector that runs a fourth as often, and 2 ms with two (docs/decisions/0009). Memory is bounded all
 * the same.
 */
export const GO_RUNTIME = { GOMAXPROCS: String(GENERATOR_CORES), GOGC: '400', GOMEMLIMIT: '1000MiB' };

/**
 * Memory at which the collector stops waiting, MiB: a run with many clients (an outage needs one for every request that
 * may hang) would collect without end below what they themselves take. 1,688 clients under 1000 MiB sent p99 100 ms
 * late.
 */
const LEAST_MEMORY_MIB = 1000;
const MEMORY_PER_CLIENT_MIB = 1.25;

const memoryLimit = (clients: number): string =>
  `${Math.ceil(Math.max(LEAST_MEMORY_MIB, clients * MEMORY_PER_CLIENT_MIB))}MiB`;

/** A generator that waits for a core measures its own waiting. */
export const GENERATOR_NICENESS = '-10';

export interface GeneratorEnd {
  exitCode: number | null;
  signal: string | null;
  /** k6's last words, without secrets. */
  message: string;
}

export interface Generator {
  pid: number;
  ended: Promise<GeneratorEnd>;
  /** Asks k6 to stop and waits until it has; everything recorded so far is on disk then. Idempotent. */
  stop(): Promise<void>;
}

/** Meaning of k6's exit codes, in words (k6 2.2, errext/exitcodes/codes.go). 0 and 105 (stopped by us) are not here. */
const EXIT_MEANINGS: Record<number, string> = {
  100: 'its setup took too long',
  103: 'it was stopped over its API',
  104: 'its options are invalid',
  107: 'the player threw while starting',
  108: 'the player aborted the run',
  109: 'k6 crashed',
  255: 'it could not read its arguments or files',
};

export const generatorEndMeaning = ({ exitCode, signal }: GeneratorEnd): string =>
  signal ? `it was killed by ${signal}` : (EXIT_MEANINGS[exitCode ?? -1] ?? `it exited with code ${exitCode}`);

/**
 * Unless the user's environment says otherwise. As gauges, k6's default, Prometheus would get quantiles since the start
 * of the run: of no use during an outage, and none that can be added up over series.
 */
const outputDefaults = (out: string[]): Record<string, string> =>
  out.some((output) => /^experimental-prometheus-rw(=|$)/.test(output))
    ? { K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: 'true' }
    : {};

/** Starts k6 on the run directory's timetable; rows go to `recording.log` in it. */
export async function startK6(options: {
  k6: string;
  runDir: string;
  /** Where bundle and configuration of the player are put. */
  workDir: string;
  config: PlayerConfig;
  clients: PlayerClient[];
  player: Omit<PlayerOptions, 'tagged'>;
  environment: Record<string, string>;
  /** Values that k6's words must not repeat. */
  secrets: readonly string[];
  /** Extra `--out` of k6, passed through for those who want Prometheus. */
  out: string[];
}): Promise<Generator> {
  const { workDir } = options;
  const bundle = join(workDir, 'player.js');
  const configFile = join(workDir, 'player.json');
  const clientsFile = join(workDir, 'clients.json');
  const optionsFile = join(workDir, 'k6.json');
  await Promise.all([
    bundlePlayer(bundle),
    writeFile(configFile, JSON.stringify(options.config)),
    writeFile(clientsFile, JSON.stringify(options.clients)),
    writeFile(optionsFile, '{}'),
  ]);
  const { passed } = outputVariables(options.out);
  const child = spawn(
    // Where the user may not raise priorities, nice says so on stderr and starts k6 all the same; it becomes k6, so the
    // pid is k6's.
    'nice',
    [
      '-n',
      GENERATOR_NICENESS,
      options.k6,
      'run',
      '--quiet',
      // In place of the one in the user's home, which may hold any option, insecureSkipTLSVerify too.
      '--config',
      optionsFile,
      '--no-color',
      '--summary-mode=disabled',
      '--no-thresholds',
      `--console-output=${join(options.runDir, 'recording.log')}`,
      '--log-format=raw',
      ...options.out.flatMap((out) => ['--out', out]),
      bundle,
    ],
    {
      // Its own process group: a Ctrl-C at the terminal reaches the harness alone, which stops things in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing else of the shell: no proxy, no GODEBUG, no SSL_CERT_FILE of its own.
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TMPDIR: process.env['TMPDIR'],
        ...GO_RUNTIME,
        GOMEMLIMIT: memoryLimit(options.clients.length),
        ...outputDefaults(options.out),
        ...passed,
        ...options.environment,
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        ANTIPODE_PLAYER: configFile,
        ANTIPODE_CLIENTS: clientsFile,
        ANTIPODE_OPTIONS: JSON.stringify({ ...options.player, tagged: options.out.length > 0 } satisfies PlayerOptions),
      },
    },
  );
  const words = keepWords([...options.secrets, ...outputSecrets(options.out, passed)]);
  words.listen(child.stdout);
  words.listen(child.stderr);
  const ended = new Promise<GeneratorEnd>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, message: words.clean(error.message) }));
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, message: words.last() }));
  });
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      child.kill('SIGINT');
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}
