/** The local FIS endpoint (targets/fis, a program of its own) beside a world that is up. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { brokenError } from '../errors.ts';

const START_DEADLINE_MS = 15_000;
/** What it broke is rolled back first; after this it is killed, and its next start sweeps what is left. */
const STOP_DEADLINE_MS = 10_000;

const ready = z.object({ url: z.url(), scale: z.number().positive() });

export interface FisEndpoint extends AsyncDisposable {
  /** What an FIS client takes as its endpoint. */
  url: string;
  /** How many times faster than the wall its minutes pass. */
  scale: number;
  /** Resolves, saying so, when it ends without having been told to; never rejects. */
  lost: Promise<string>;
}

/**
 * Starts it for the world of this file and resolves when it serves; ends with the end of what is returned, or with us.
 */
export async function startFisEndpoint(worldFilePath: string, scale: number): Promise<FisEndpoint> {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('../../targets/fis/main.ts', import.meta.url))],
    // As for a world: Ctrl-C reaches the harness alone, and the end of this pipe ends it.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-2_000)));
  child.stdin.on('error', () => {}); // it has ended; `ended` says so
  const ended = once(child, 'close');
  let stopping = false;
  const lost = ended.then((): string | Promise<string> =>
    stopping ? new Promise(() => {}) : 'the FIS endpoint ended',
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
      // Whoever leaves the loop closes the stream: it says nothing more that anybody reads.
      return { url, scale: itsScale, lost, [Symbol.asyncDispose]: stop };
    }
    throw new Error(words.trim() || 'it ended without a word');
  } catch (error) {
    await stop();
    throw brokenError({
      what: `the FIS endpoint did not come up: ${(error as Error).message}`,
      next: 'Run npm run doctor to see whether every tool works.',
      cause: error,
    });
  } finally {
    clearTimeout(deadline);
  }
}
