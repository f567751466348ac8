import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { finished, seen } from '../antipode.ts';
import { expectNothingLeft, ownPlace } from '../own-place.ts';
import { broken, inWorld } from '../shared-world.ts';
import { smallDisk, whyUnmountable } from '../small-disk.ts';

/** Slightly more than the free space that a run requires at its start. */
const KIBIBYTES = 80 * 1024;
const noRoom = whyUnmountable();

test.for<[string, RegExp, RegExp]>([
  ['before the fault, which is then not injected', /baseline/, /the journal cannot be written/],
  ['during a fault, which is undone', /: in effect/, /region-outage ap-southeast-1 refused: cleared/],
])('a disk that is full %s: exit 4 and a clear error, never PASS', async ([, when, says], { skip }) => {
  skip(noRoom !== null, noRoom ?? '');
  await inWorld(async (path, file) => {
    await using disk = await smallDisk(KIBIBYTES);
    await using place = await ownPlace(join(disk.path, 'runs'));
    const running = place.start(['chaos', 'test/experiments/brief-outage.yaml', '--rate', '60', '--world', path]);
    await seen(running, when);
    place.below(running.pid!);
    disk.fill();
    const { exitCode, result, text } = await finished(running);
    expect(text).toMatch(says);
    expect(text).toMatch(/no space left on device/);
    expect(text).toMatch(/ANTIPODE_RUNS/);
    expect(text).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(exitCode, text).toBe(4);
    expect(result).toBeUndefined();
    expect(await broken(file)).toEqual([]);
    await expectNothingLeft(place);
    const [run] = await readdir(place.runs);
    expect(readFileSync(join(place.runs, run!, 'journal.jsonl'), 'utf8')).not.toMatch(/"kind":"ended"/);
    disk.free();
    const heal = await finished(place.start(['heal', '--world', path]));
    expect(heal.exitCode, heal.text).toBe(0);
    const again = await finished(place.start(['heal', '--world', path]));
    expect(again.text).toMatch(/No open fault/);
  });
});
