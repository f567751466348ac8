/**
 * A place of its own for the runs of one test: its runs and its temporary directories are nobody else's, so that what
 * they leave behind is told from what others do on this machine. Nothing is found, or killed, by its name alone.
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
  /** Where its runs are. */
  runs: string;
  /** Where its temporary directories are. */
  temporary: string;
  /** Starts a command here. */
  start(args: string[], environment?: Record<string, string>): ReturnType<typeof antipode>;
  /** What the newest run's journal says so far; a torn last line is left out. */
  journal(): JournalEvent[];
  /** Resolves with the first event of the newest run's journal that `is` wanted; rejects after `withinMs`. */
  journaled(is: (event: JournalEvent) => boolean, withinMs: number): Promise<JournalEvent>;
  /** Every process below this one whose command line matches; remembered, so that `left` finds them as orphans, too. */
  below(pid: number, pattern?: RegExp): KnownProcess[];
  /** Processes and temporary directories of these runs that are still there. */
  left(): string[];
}

const LOOK_EVERY_MS = 10;

/** `runs`: a directory for them, if they are not to be on the disk of the temporary ones. */
export async function ownPlace(runs?: string): Promise<OwnPlace> {
  const base = await mkdtemp(join(tmpdir(), 'own-place-'));
  await chmod(base, 0o755); // PostgreSQL runs as somebody else, and must get through
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
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
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
        // The lock of a process that was killed is swept by whoever comes next.
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

/** Waits until nothing of these runs is left: those who end on their own account take a moment. */
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
