/** Runs short commands for their output: with a timeout, never through a shell, stopped with this process. */
import { execa } from 'execa';

export interface CommandOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a command and returns its output on both streams, trimmed. Throws with the command and the last lines of output
 * if it cannot be started, exits other than 0, or takes longer than `timeoutMs`.
 */
export async function run(file: string, args: string[], options: CommandOptions): Promise<string> {
  const result = await execa(file, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    timeout: options.timeoutMs,
    stdin: 'ignore',
    all: true,
    reject: false,
    // For a compiler that ignores SIGTERM.
    forceKillAfterDelay: 2_000,
  });
  const printed = (result.all ?? '').trim();
  if (!result.failed) return printed;
  options.signal?.throwIfAborted();
  const why = result.timedOut
    ? `took longer than ${options.timeoutMs / 1000} s`
    : result.exitCode === undefined
      ? (result.code ?? result.signal ?? 'did not start')
      : `exit code ${result.exitCode}`;
  const lastLines = printed.split('\n').slice(-6).join('\n');
  throw new Error(`\`${[file, ...args].join(' ')}\`: ${why}${lastLines ? `\n${lastLines}` : ''}`);
}

/** Runs the version command of an executable and returns the first group that `pattern` matches in its output. */
export async function versionOf(file: string, args: string[], pattern: RegExp): Promise<string> {
  const output = await run(file, args, { timeoutMs: 10_000 });
  const version = pattern.exec(output)?.[1];
  if (version === undefined)
    throw new Error(`\`${file} ${args.join(' ')}\` printed no version: ${output.slice(0, 200)}`);
  return version;
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
