import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { PlayerClient, PlayerConfig, PlayerOptions } from '../formats/player.ts';
import { bundlePlayer } from './bundle.ts';
import { outputSecrets, outputVariables } from './k6-environment.ts';
import { captureOutput } from './k6-output.ts';

/** How long k6 may take to exit after SIGINT before it is killed. */
const STOP_DEADLINE_MS = 5_000;

/** Cores k6 may use. */
export const GENERATOR_CORES = Math.min(2, availableParallelism());

/**
 * Go's runtime for k6. Due requests must not wait for the garbage collector or for one another: at 1,000/s, 300 clients
 * and the target on the same two cores, the send lag's p99 was 20 ms with one core and Go's default, 9 ms with one core
 * and a quarter of the collections, and 2 ms with two (docs/decisions/0009). Memory is still bounded.
 */
export const GO_RUNTIME = { GOMAXPROCS: String(GENERATOR_CORES), GOGC: '400', GOMEMLIMIT: '1000MiB' };

/**
 * GOMEMLIMIT, MiB. With many clients (an outage needs one for every request that may hang) a limit below what they take
 * makes Go collect all the time: 1,688 clients under 1000 MiB sent with a p99 lag of 100 ms.
 */
const MIN_MEMORY_MIB = 1000;
const MEMORY_PER_CLIENT_MIB = 1.25;

const memoryLimit = (clients: number): string =>
  `${Math.ceil(Math.max(MIN_MEMORY_MIB, clients * MEMORY_PER_CLIENT_MIB))}MiB`;

/** Without priority the generator would measure its own wait for a core. */
export const GENERATOR_NICENESS = '-10';

export interface GeneratorEnd {
  exitCode: number | null;
  signal: string | null;
  /** k6's last lines of output, without secrets. */
  message: string;
}

export interface Generator {
  pid: number;
  ended: Promise<GeneratorEnd>;
  /** Stops k6 and waits until it has exited; everything recorded so far is on disk then. Idempotent. */
  stop(): Promise<void>;
}

/** k6's exit codes (k6 2.2, errext/exitcodes/codes.go), without 0 and 105 (stopped by us). */
const EXIT_MEANINGS: Record<number, string> = {
  100: 'its setup timed out',
  103: 'it was stopped through its API',
  104: 'its options are invalid',
  107: 'the player failed to start',
  108: 'the player aborted the run',
  109: 'k6 crashed',
  255: 'it could not read its arguments or files',
};

export const generatorEndMeaning = ({ exitCode, signal }: GeneratorEnd): string =>
  signal ? `it was killed by ${signal}` : (EXIT_MEANINGS[exitCode ?? -1] ?? `it exited with code ${exitCode}`);

/**
 * Defaults that the user's environment may override. As gauges, k6's default, Prometheus would get quantiles since the
 * start of the run, which are useless during an outage and cannot be aggregated over series.
 */
const outputDefaults = (out: string[]): Record<string, string> =>
  out.some((output) => /^experimental-prometheus-rw(=|$)/.test(output))
    ? { K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: 'true' }
    : {};

/** Starts k6 on the timetable of the run directory; it writes rows to `recording.log` there. */
export async function startK6(options: {
  k6: string;
  runDir: string;
  /** Directory for bundle and configuration of the player. */
  workDir: string;
  config: PlayerConfig;
  clients: PlayerClient[];
  player: Omit<PlayerOptions, 'tagged'>;
  environment: Record<string, string>;
  /** Values to redact from k6's output. */
  secrets: readonly string[];
  /** Extra `--out` flags for k6, such as Prometheus. */
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
    // If the user may not raise priorities, nice warns on stderr and starts k6 anyway. It execs k6, so the pid is k6's.
    'nice',
    [
      '-n',
      GENERATOR_NICENESS,
      options.k6,
      'run',
      '--quiet',
      // Replaces the one in the user's home, which may set any option, such as insecureSkipTLSVerify.
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
      // Its own process group: Ctrl-C at the terminal reaches only the harness, which stops things in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Nothing else from the shell: no proxy, no GODEBUG, no SSL_CERT_FILE.
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
  const output = captureOutput([...options.secrets, ...outputSecrets(options.out, passed)]);
  output.capture(child.stdout);
  output.capture(child.stderr);
  const ended = new Promise<GeneratorEnd>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, signal: null, message: output.clean(error.message) }));
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal, message: output.lastLines() }));
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
