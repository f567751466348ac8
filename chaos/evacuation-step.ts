/** Carries out one step of an evacuation, a POST or a command, within a deadline; nothing of it outlives the answer. */
import { spawn } from 'node:child_process';
import { redacted } from '../src/config/arn.ts';
import type { EvacuationStep } from '../src/formats/evacuation.ts';
import { callControl, ControlError } from './drivers/control-call.ts';

export interface StepOutcome {
  ok: boolean;
  /** What was answered, or why it failed, in words and without account ids. */
  message: string;
  /** An answer that says that nothing was done: then there is nothing to take back. */
  refused: boolean;
}

/** A command that does not heed SIGTERM is killed after so long. */
const TERM_MS = 2_000;
/** Its last words are waited for so long, once it has ended: somebody may have inherited its stderr. */
const LAST_WORDS_MS = 500;
/** Of what a command says on stderr, so much is kept. */
const MOST_SAID = 2_000;

/**
 * Resolves with what came of it, never rejects: at the latest after `timeoutMs`, or when `signal` aborts. `control` is
 * the base URL that a path is one of.
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
    return { ok: true, message: 'answered', refused: false };
  } catch (error) {
    if (!(error instanceof ControlError)) return { ok: false, message: String(error), refused: false };
    const { failure, status, parts } = error;
    const message = signal.aborted ? GIVEN_UP : (parts.got ?? error.message);
    // Only an answer that blames the question says that nothing was done; or nobody was there to do it.
    return { ok: false, message, refused: failure === 'gone' || (status !== null && status >= 400 && status < 500) };
  }
}

const GIVEN_UP = 'given up before it answered';

/** In a process group of its own, without a shell, its output but for the end of stderr thrown away. */
function run([file, ...args]: string[], timeoutMs: number, signal: AbortSignal): Promise<StepOutcome> {
  return new Promise((resolve) => {
    let said = '';
    let given: string | null = null;
    let exit: { code: number | null; by: string | null } | null = null;
    const timers: NodeJS.Timeout[] = [];
    const child = spawn(file!, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    const kill = (how: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, how);
      } catch {
        // Nobody is left in it.
      }
    };
    const giveUp = (why: string): void => {
      given ??= why;
      kill('SIGTERM');
      timers.push(setTimeout(() => kill('SIGKILL'), TERM_MS));
    };
    const abort = (): void => giveUp(GIVEN_UP);
    const settle = (outcome: StepOutcome): void => {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      child.stderr.destroy();
      resolve(outcome);
    };
    const over = (): void => {
      const how = exit!.code === null ? `ended by ${exit!.by}` : `exit code ${exit!.code}`;
      const words = said.trim().split('\n').at(-1);
      const ok = given === null && exit!.code === 0;
      settle({ ok, message: given ?? (ok || !words ? how : `${how}: ${words}`), refused: false });
    };
    timers.push(setTimeout(() => giveUp(`took longer than ${timeoutMs / 1000} s`), timeoutMs));
    signal.addEventListener('abort', abort, { once: true });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-MOST_SAID)));
    child.on('error', ({ message }) => {
      if (exit === null) settle({ ok: false, message: `could not be started: ${message}`, refused: true });
    });
    child.on('exit', (code, by) => {
      exit = { code, by };
      // What it left behind in its group has nobody to answer to.
      kill('SIGKILL');
      timers.push(setTimeout(over, LAST_WORDS_MS));
    });
    child.on('close', () => exit && over());
    if (signal.aborted) abort();
  });
}
