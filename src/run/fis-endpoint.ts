/** The local FIS endpoint (targets/fis, a program of its own) of a running world. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { brokenError } from '../errors.ts';

const START_DEADLINE_MS = 15_000;
/** It reverts its faults first; after this it is killed, and its next start reverts what is left. */
const STOP_DEADLINE_MS = 10_000;

const ready = z.object({ url: z.url(), scale: z.number().positive() });

export interface FisEndpoint extends AsyncDisposable {
  /** Endpoint for FIS clients. */
  url: string;
  /** How many times faster than real time its clock runs. */
  scale: number;
  /** Resolves with a message when it exits without having been stopped; never rejects. */
  lost: Promise<string>;
}

/**
 * Starts the endpoint for the world of this file and resolves when it serves. It ends when the returned object is
 * disposed or this process exits.
 */
export async function startFisEndpoint(worldFilePath: string, scale: number): Promise<FisEndpoint> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../../targets/fis/main.ts', import.meta.url))],
    // As for a world: Ctrl-C reaches only the harness, and the end of this pipe ends the endpoint.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-2_000)));
  child.stdin.on('error', () => {}); // it has exited; `ended` resolves
  const ended = once(child, 'close');
  let stopping = false;
  const lost = ended.then((): string | Promise<string> =>
    stopping ? new Promise(() => {}) : 'the FIS endpoint exited',
  );
  const stop = async (): Promise<void> => {
    stopping = true;
    child.stdin.end();
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(late);
  };
  child.stdin.write(`${JSON.stringify({ world: worldFilePath, scale })}\n`);
  const deadline = setTimeout(() => child.kill('SIGKILL'), START_DEADLINE_MS);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const { url, scale: itsScale } = ready.parse(JSON.parse(line));
      // Leaving the loop closes the stream; it writes nothing further that is needed.
      return { url, scale: itsScale, lost, [Symbol.asyncDispose]: stop };
    }
    throw new Error(output.trim() || 'it exited without output');
  } catch (error) {
    await stop();
    throw brokenError({
      what: `the FIS endpoint did not start: ${(error as Error).message}`,
      next: 'Run `npm run doctor` to check the tools.',
      cause: error,
    });
  } finally {
    clearTimeout(deadline);
  }
}
