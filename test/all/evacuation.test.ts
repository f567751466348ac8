import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JournalLine } from '../../src/formats/journal.ts';
import { failed, judged, notPassed, ROOT } from '../antipode.ts';

// An evacuation on the real world: users leave a region that health checks may not find, and return afterwards.

const SHORT = 'test/experiments/short-evacuation.yaml';
const RATE = ['--rate', '60'];
const CELL = 'evacuation ap-southeast-1';

test('the healthy world is evacuated in time, and users return to their home region afterwards', async () => {
  const { exitCode, result, text, runDir } = await judged(['chaos', SHORT, ...RATE]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
  expect(result!.cells.map(({ claim, subject }) => `${claim} ${subject}`)).toContain(CELL);
  const { evacuation } = result!.figures.failover;
  expect(evacuation, text).toMatchObject({ ok: true, undone: true });
  expect(evacuation!.askedMs! - result!.figures.failover.faults[0]!.t0Ms!).toBeGreaterThanOrEqual(2_990);
  expect(evacuation!.regions[0]!.t99Ms).toBeGreaterThanOrEqual(evacuation!.regions[0]!.t50Ms!);
  expect(text).toMatch(/evacuation requested: POST \/evacuate\/ap-southeast-1/);
  // The world's own events match the times of the harness.
  const lines = (await readFile(`${runDir}/journal.jsonl`, 'utf8')).trim().split('\n');
  const events = lines.map((line) => (JSON.parse(line) as JournalLine).event);
  const t0 = events.find((event) => event.kind === 't0')!.epochMs;
  const truth = events.find((event) => event.kind === 'world-truth')!.events;
  const at = (what: string): number =>
    truth.find((event) => event.what === what && event.region === 'ap-southeast-1')!.atEpochMs - t0;
  expect(at('evacuated')).toBeGreaterThanOrEqual(evacuation!.askedMs!);
  expect(at('evacuated')).toBeLessThanOrEqual(evacuation!.doneMs!);
  expect(at('evacuation-ended')).toBeGreaterThanOrEqual(result!.figures.failover.faults[0]!.t1Ms!);
});

test('an evacuation that gets a 404 FAILs its limit, and is reported prominently', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-evacuation-'));
  try {
    const path = join(dir, 'no-such-region.yaml');
    const file = await readFile(join(ROOT, SHORT), 'utf8');
    expect(file).toContain('/evacuate/{region}');
    await writeFile(path, file.replace('/evacuate/{region}', '/evacuate/mars-1'));
    const { exitCode, result, text } = await judged(['chaos', path, ...RATE]);
    expect(failed(result), text).toContain(CELL);
    expect(exitCode, text).toBe(1);
    expect(text).toMatch(/EVACUATION FAILED .*status 404: unknown region mars-1/);
    // The evacuation failed, so there is nothing to end.
    expect(result!.figures.failover.evacuation).toMatchObject({ ok: false, undone: null });
  } finally {
    await rm(dir, { recursive: true });
  }
});
