import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResult } from '../reports/run-result.ts';

export const ROOT = join(import.meta.dirname, '..');

export interface Finished {
  exitCode: number | undefined;
  /** stdout and stderr as they came. */
  text: string;
  /** result.json of the command's run; undefined if it made none. */
  result: RunResult | undefined;
  runDir: string | undefined;
}

/**
 * Starts the command as `npm run <command> -- …` would, without npm; the promise and the child in one. `through` is a
 * command that runs the one that follows it, like `prlimit`.
 */
export function antipode(
  args: string[],
  environment: Record<string, string> = {},
  timeoutMs = 280_000,
  through: string[] = [],
) {
  const [file, ...rest] = [...through, process.execPath, '--import', 'tsx', 'src/cli/main.ts', ...args];
  return execa(file!, rest, {
    cwd: ROOT,
    env: { NO_COLOR: '1', ...environment },
    all: true,
    reject: false,
    // A test that ends early stops the command, as Ctrl-C would.
    cleanup: true,
    forceKillAfterDelay: 20_000,
    timeout: timeoutMs,
  });
}

/** Resolves once the command has printed something that matches; rejects if it exits first. */
export function seen(running: ReturnType<typeof antipode>, pattern: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    // A listener and not an iterator: leaving an iterator would close the command's output.
    running.all.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (pattern.test(text)) resolve();
    });
    running.all.once('end', () => reject(new Error(`exited without output of ${String(pattern)}:\n${text}`)));
  });
}

/** Runs a command to its exit and reads its results. */
export async function finished(running: ReturnType<typeof antipode>): Promise<Finished> {
  const { exitCode, all } = await running;
  const runDir = /(\S*runs\/[^\s/]+)\/report\.html/.exec(all)?.[1];
  const dir = runDir === undefined ? undefined : join(ROOT, runDir.replace(ROOT, ''));
  const result = dir && (JSON.parse(await readFile(join(dir, 'result.json'), 'utf8')) as RunResult);
  return { exitCode, text: all, result: result || undefined, runDir: dir };
}

/** Checks that a busy machine can fail; world, generator and judge share its cores here. */
const MACHINE = ['generator-lag', 'control-series', 'calibration', 'generator-cpu', 'clock'];
const MAX_ATTEMPTS = 7;

/** Makes a run; again if its validity checks show that the machine was too busy. */
export async function judged(
  args: string[],
  environment: Record<string, string> = {},
  through: string[] = [],
): Promise<Finished> {
  for (let attempt = 1; ; attempt += 1) {
    const run = await finished(antipode(args, environment, undefined, through));
    const spoilt = run.result?.validity.filter((check) => !check.ok).map((check) => check.id) ?? [];
    const isTooBusy = spoilt.length > 0 && spoilt.every((id) => MACHINE.includes(id));
    if (!isTooBusy || attempt === MAX_ATTEMPTS) return run;
    console.warn(`Running again, the machine was too busy (${spoilt.join(', ')}): ${args.join(' ')}`);
  }
}

/** Attempts at a run that lacks evidence; by its plan a healthy target has enough in nine out of ten runs. */
const MAX_UNDECIDED = 3;

/** Makes a run of the healthy world like `judged`; again, too, if it decided nothing. */
export async function decided(args: string[], environment: Record<string, string> = {}): Promise<Finished> {
  for (let attempt = 1; ; attempt += 1) {
    const run = await judged(args, environment);
    const why = run.result?.why ?? '';
    const isDoubtful = /failed in the baseline|this machine may be the cause/.test(why);
    const decidedNothing = run.result?.verdict === 'INCONCLUSIVE' || isDoubtful;
    if (!decidedNothing || attempt === MAX_UNDECIDED) return run;
    console.warn(`Running again, it decided nothing (${why}): ${args.join(' ')}`);
  }
}

/** The gating cells that FAIL, as `claim subject`, sorted. */
export const failed = (result: RunResult | undefined): string[] =>
  (result?.cells ?? [])
    .filter((cell) => cell.gating && cell.status === 'FAIL')
    .map((cell) => `${cell.claim} ${cell.subject}`)
    .toSorted();

/** The failing cells of an experiment that are about regions outside the fault, or about the time after it. */
export const failedElsewhere = (result: RunResult | undefined): string[] =>
  failed(result).filter((cell) => /^(during-availability|during-read-p99|after-)/.test(cell));

/** The gating cells that are not PASS, as `claim subject status`, sorted. */
export const notPassed = (result: RunResult | undefined): string[] =>
  (result?.cells ?? [])
    .filter((cell) => cell.gating && cell.status !== 'PASS')
    .map((cell) => `${cell.claim} ${cell.subject} ${cell.status}`)
    .toSorted();
