/** Carries out one step of an evacuation, a POST or a command, within a deadline; leaves no process behind. */
import { spawn } from 'node:child_process';
import { redacted } from '../src/config/arn.ts';
import type { EvacuationStep } from '../src/formats/evacuation.ts';
import { callControl, ControlError } from './drivers/control-call.ts';

export interface StepOutcome {
  ok: boolean;
  /** The response, or why it failed; without account ids. */
  message: string;
  /** True if the step certainly did nothing, so that there is nothing to undo. */
  refused: boolean;
}

/** From SIGTERM to SIGKILL. */
const TERM_MS = 2_000;
/** How long to wait for the end of stderr after the command has ended: another process may have inherited it. */
const STDERR_END_MS = 500;
/** How much of the end of stderr is kept, characters. */
const MAX_STDERR = 2_000;

/**
 * Never rejects; resolves with the outcome at the latest after `timeoutMs`, or when `signal` aborts. `control` is the
 * base URL of a step that is a path.
 */
export async function takeStep(
  step: EvacuationStep,
  control: string | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const taken =
    'url' in step
      ? post(step.url.startsWith('/') ? `${control ?? ''}${step.url}` : step.url, timeoutMs, signal)
      : run(step.command, timeoutMs, signal);
  const outcome = await taken.catch((error: unknown) => ({ ok: false, message: String(error), refused: false }));
  return { ...outcome, message: redacted(outcome.message) };
}

async function post(url: string, timeoutMs: number, signal: AbortSignal): Promise<StepOutcome> {
  try {
    await callControl('POST', url, timeoutMs, undefined, signal);
    return { ok: true, message: '2xx response', refused: false };
  } catch (error) {
    if (!(error instanceof ControlError)) return { ok: false, message: String(error), refused: false };
    const { failure, status, parts } = error;
    const message = signal.aborted ? ABORTED : (parts.got ?? error.message);
    // Only a 4xx, or a server that does not run, proves that nothing was done.
    const isRefused = failure === 'not-running' || (status !== null && status >= 400 && status < 500);
    return { ok: false, message, refused: isRefused };
  }
}

const ABORTED = 'aborted before it completed';

/** In its own process group, without a shell; only the end of stderr is kept. */
function run([file, ...args]: string[], timeoutMs: number, signal: AbortSignal): Promise<StepOutcome> {
  return new Promise((resolve) => {
    let stderr = '';
    let aborted: string | null = null;
    let exit: { code: number | null; by: string | null } | null = null;
    const timers: NodeJS.Timeout[] = [];
    const child = spawn(file!, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    const kill = (how: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, how);
      } catch {
        // The group is empty.
      }
    };
    const giveUp = (why: string): void => {
      aborted ??= why;
      kill('SIGTERM');
      timers.push(setTimeout(() => kill('SIGKILL'), TERM_MS));
    };
    const abort = (): void => giveUp(ABORTED);
    const settle = (outcome: StepOutcome): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      child.stderr.destroy();
      resolve(outcome);
    };
    const over = (): void => {
      const how = exit!.code === null ? `killed by ${exit!.by}` : `exit code ${exit!.code}`;
      const lastLine = stderr.trim().split('\n').at(-1);
      const ok = aborted === null && exit!.code === 0;
      settle({ ok, message: aborted ?? (ok || !lastLine ? how : `${how}: ${lastLine}`), refused: false });
    };
    timers.push(setTimeout(() => giveUp(`timed out after ${timeoutMs / 1000} s`), timeoutMs));
    signal.addEventListener('abort', abort, { once: true });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-MAX_STDERR)));
    child.on('error', ({ message }) => {
      if (exit === null) settle({ ok: false, message: `could not be started: ${message}`, refused: true });
    });
    child.on('exit', (code, by) => {
      exit = { code, by };
      // Children that it left in its group.
      kill('SIGKILL');
      timers.push(setTimeout(over, STDERR_END_MS));
    });
    child.on('close', () => exit && over());
    if (signal.aborted) abort();
  });
}
