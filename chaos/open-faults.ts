/** Faults that are still open by the journals: started, and never recorded as cleared. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Undo } from '../src/formats/faults.ts';
import type { JournalLine } from '../src/formats/journal.ts';

export interface OpenFault {
  runId: string;
  runDir: string;
  number: number;
  kind: string;
  undo: Undo[];
}

/** File in a run's directory where `heal` records what it undid, one JSON line {"at", "fault"} each. */
export const HEALED = 'healed.jsonl';

/**
 * Open faults of all runs in `runsDir`, oldest run first. A truncated last line of a journal, as a crash leaves it, is
 * skipped.
 */
export async function openFaults(runsDir: string): Promise<OpenFault[]> {
  const names: string[] = await readdir(runsDir).catch(() => []);
  names.sort();
  const found = await Promise.all(names.map((runId) => openFaultsOf(join(runsDir, runId), runId)));
  return found.flat();
}

async function openFaultsOf(runDir: string, runId: string): Promise<OpenFault[]> {
  const open = new Map<number, OpenFault>();
  for (const line of await lines<JournalLine>(join(runDir, 'journal.jsonl'), '"fault-')) {
    const { event } = line;
    if (event.kind === 'fault-intent') {
      open.set(event.fault, { runId, runDir, number: event.fault, kind: event.faultKind, undo: event.undo });
    }
    if (event.kind === 'fault-gone' && event.gone) open.delete(event.fault);
  }
  if (open.size === 0) return [];
  for (const { state, fault } of await lines<{ state: string; fault: number }>(join(runDir, 'keeper.jsonl'))) {
    if (state === 'SWEPT') open.delete(fault);
  }
  for (const { fault } of await lines<{ fault: number }>(join(runDir, HEALED))) open.delete(fault);
  return [...open.values()];
}

async function lines<T>(file: string, holding = ''): Promise<T[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line): T[] => {
    if (line === '' || !line.includes(holding)) return [];
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}
