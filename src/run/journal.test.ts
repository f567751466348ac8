import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallDisk, whyNoSmallDisk } from '../../test/small-disk.ts';
import type { JournalEvent, JournalLine } from '../formats/journal.ts';
import { Journal } from './journal.ts';

const guard = (message: string): JournalEvent => ({ kind: 'guard', guard: 'test', message });
const noRoom = whyNoSmallDisk();

describe('a journal on a disk that is full', () => {
  it('says so, does not keep an undo from happening, and goes on with a line of its own once there is room', async ({
    skip,
  }) => {
    skip(noRoom !== null, noRoom ?? '');
    await using disk = await smallDisk(64);
    const path = join(disk.path, 'journal.jsonl');
    const journal = new Journal(path);
    let failure = '';
    void journal.failed.then((error) => (failure = error.message));
    journal.write(guard('room'));
    disk.fill();
    // Its last page takes a part of this line, and no system call says that it was only a part.
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
