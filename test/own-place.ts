/**
 * A directory for the runs and temporary files of one test, so that leftovers are not confused with other processes on
 * this machine. Nothing is found or killed by its name alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { JournalEvent, JournalLine } from '../src/formats/journal.ts';
import { antipode } from './antipode.ts';
import { type KnownProcess, processesNaming, processTree, stillRunning } from './process-tree.ts';

export interface OwnPlace extends AsyncDisposable {
  /** Directory of its runs. */
  runs: string;
  /** Its TMPDIR. */
  temporary: string;
  /** Starts a command in this place. */
  start(args: string[], environment?: Record<string, string>): ReturnType<typeof antipode>;
  /** The journal of the newest run so far, without an incomplete last line. */
  journal(): JournalEvent[];
  /** Resolves with the first matching event in the newest run's journal; rejects after `withinMs`. */
  journaled(is: (event: JournalEvent) => boolean, withinMs: number): Promise<JournalEvent>;
  /** Descendants of this process whose command line matches; remembered, so that `left` also finds orphans. */
  below(pid: number, pattern?: RegExp): KnownProcess[];
  /** Processes and temporary directories of these runs that still exist. */
  left(): string[];
}

const POLL_EVERY_MS = 10;

/** `runs`: a directory for the runs, to put them on another disk. */
export async function ownPlace(runs?: string): Promise<OwnPlace> {
  const base = await mkdtemp(join(tmpdir(), 'own-place-'));
  await chmod(base, 0o755); // PostgreSQL runs as another user and must be able to enter
  const [ownRuns, temporary] = [runs ?? join(base, 'runs'), join(base, 'tmp')];
  await mkdir(ownRuns, { recursive: true });
  await mkdir(temporary);
  const known: KnownProcess[] = [];
  const started: ReturnType<typeof antipode>[] = [];

  const journal = (): JournalEvent[] => {
    const newest = readdirSync(ownRuns).toSorted().at(-1);
    const text = newest === undefined ? '' : readIfThere(join(ownRuns, newest, 'journal.jsonl'));
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as JournalLine).event);
  };
  return {
    runs: ownRuns,
    temporary,
    journal,
    start(args, environment = {}) {
      const running = antipode(args, { ...environment, TMPDIR: temporary, ANTIPODE_RUNS: ownRuns });
      started.push(running);
      return running;
    },
    async journaled(is, withinMs) {
      for (const deadlineMs = Date.now() + withinMs; ;) {
        const events = journal();
        const found = events.find(is);
        if (found) return found;
        if (Date.now() > deadlineMs) {
          const words = events.map((event) => JSON.stringify(event).slice(0, 200));
          throw new Error(`not journaled within ${withinMs} ms:\n${words.join('\n')}`);
        }
        await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
      }
    },
    below(pid, pattern = /./) {
      const tree = processTree(pid);
      known.push(...tree);
      return tree.filter((one) => one.pid !== pid && pattern.test(one.command));
    },
    left: () => [
      ...new Set([
        ...stillRunning(known).map(({ pid, command }) => `${pid} ${command}`),
        ...processesNaming(base).map(({ pid, command }) => `${pid} ${command}`),
        // The next run removes the lock of a killed process.
        ...readdirSync(temporary).filter((name) => name.startsWith('antipode') && name !== 'antipode-locks'),
      ]),
    ],
    async [Symbol.asyncDispose]() {
      for (const running of started) running.kill('SIGTERM');
      await Promise.all(started);
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Waits until nothing of these runs is left: some processes need a moment to exit. */
export async function expectNothingLeft(place: OwnPlace): Promise<void> {
  await expect.poll(() => place.left(), { timeout: 20_000, interval: 250 }).toEqual([]);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
