import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallDisk, whyUnmountable } from '../../test/small-disk.ts';
import type { JournalEvent, JournalLine } from '../formats/journal.ts';
import { Journal } from './journal.ts';

const guard = (message: string): JournalEvent => ({ kind: 'guard', guard: 'test', message });
const noRoom = whyUnmountable();

describe('a journal on a full disk', () => {
  it('reports it, does not prevent an undo, and continues on a new line once there is space', async ({ skip }) => {
    skip(noRoom !== null, noRoom ?? '');
    await using disk = await smallDisk(64);
    const path = join(disk.path, 'journal.jsonl');
    const journal = new Journal(path);
    let failure = '';
    void journal.failed.then((error) => (failure = error.message));
    journal.write(guard('room'));
    disk.fill();
    // Its last page takes a part of this line, and no system call reports an error.
    expect(() => journal.write(guard('x'.repeat(10_000)))).toThrow(
      /journal\.jsonl: the journal cannot be written.*no space left.*ANTIPODE_RUNS/,
    );
    journal.note(guard('y'.repeat(10_000)));
    await expect.poll(() => failure).toMatch(/no space left/);
    disk.free();
    journal.write(guard('room again'));
    journal.close();
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
    const whole = lines.flatMap((line): JournalLine[] => {
      try {
        return [JSON.parse(line) as JournalLine];
      } catch {
        return [];
      }
    });
    expect(whole.map(({ seq, event }) => [seq, 'message' in event && event.message])).toEqual([
      [0, 'room'],
      [1, 'room again'],
    ]);
    expect(lines.length).toBeGreaterThan(whole.length);
  });
});
