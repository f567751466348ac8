import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JournalLine } from '../../src/formats/journal.ts';
import { failed, judged, notPassed, ROOT } from '../antipode.ts';

// An evacuation on the real world: people are taken out of a region that health checks may not find, and come home.

const SHORT = 'test/experiments/short-evacuation.yaml';
const RATE = ['--rate', '60'];
const CELL = 'evacuation ap-southeast-1';

test('the healthy world is evacuated in time, and people are at home again afterwards', async () => {
  const { exitCode, result, text, runDir } = await judged(['chaos', SHORT, ...RATE]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
  expect(result!.cells.map(({ claim, subject }) => `${claim} ${subject}`)).toContain(CELL);
  const { evacuation } = result!.figures.failover;
  expect(evacuation, text).toMatchObject({ ok: true, undone: true });
  expect(evacuation!.askedMs! - result!.figures.failover.faults[0]!.t0Ms!).toBeGreaterThanOrEqual(2_990);
  expect(evacuation!.regions[0]!.t99Ms).toBeGreaterThanOrEqual(evacuation!.regions[0]!.t50Ms!);
  expect(text).toMatch(/evacuation asked for: POST \/evacuate\/ap-southeast-1/);
  // What the world says it did, by its own clock, holds what the harness says it asked for.
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

test('an evacuation that is answered with 404 FAILs its limit, and is told loudly', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-evacuation-'));
  try {
    const path = join(dir, 'no-such-region.yaml');
    const file = await readFile(join(ROOT, SHORT), 'utf8');
    expect(file).toContain('/evacuate/{region}');
    await writeFile(path, file.replace('/evacuate/{region}', '/evacuate/mars-1'));
    const { exitCode, result, text } = await judged(['chaos', path, ...RATE]);
    expect(failed(result), text).toContain(CELL);
    expect(exitCode, text).toBe(1);
    expect(text).toMatch(/EVACUATION FAILED .*status 404: there is no region mars-1/);
    // Nothing was done, so there is nothing to take back.
    expect(result!.figures.failover.evacuation).toMatchObject({ ok: false, undone: null });
  } finally {
    await rm(dir, { recursive: true });
  }
});
