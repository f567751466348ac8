import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleInput, sampleProfile } from '../../test/sample/plan-input.ts';
import type { JournalEvent, JournalLine } from '../formats/journal.ts';
import type { PlayerConfig } from '../formats/player.ts';
import { compilePlan } from '../plan/compile.ts';
import { compileTimetable } from '../plan/timetable.ts';
import { Cleanup } from './cleanup.ts';
import { generate, type Generated, type GenerateOptions } from './generate.ts';
import { Journal } from './journal.ts';
import { nearestRegion } from './name-service.ts';

/** A stand-in for k6: requests T0 as the player does, sends nothing, and exits as configured. */
const STAND_IN = `#!/usr/bin/env node
const { readFileSync } = require('node:fs');
const { harnessUrl } = JSON.parse(readFileSync(process.env.ANTIPODE_PLAYER, 'utf8'));
const { ENDS, FINDINGS } = process.env;
if (ENDS === 'at once') { console.error('no such option'); process.exit(104); }
fetch(harnessUrl + '/start', { method: 'POST', body: FINDINGS ?? '[]' }).then(async (answer) => {
  if (!answer.ok) process.exit(108);
  const { t0 } = await answer.json();
  process.on('SIGINT', () => process.exit(105));
  setTimeout(() => process.exit(0), t0 - Date.now() + (ENDS === 'late' ? 60_000 : 2_000));
});
`;

let folder: string;
let cleanup: Cleanup;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-generate-'));
  cleanup = new Cleanup();
});
afterEach(async () => {
  await cleanup.run();
  await rm(folder, { recursive: true, force: true });
});

const plan = compilePlan(sampleInput({}));
const { bin } = compileTimetable(plan, sampleProfile());

async function load(environment: Record<string, string>, change: Partial<GenerateOptions> = {}): Promise<Generated> {
  const [k6, workDir] = [join(folder, 'k6'), join(folder, 'work')];
  await writeFile(k6, STAND_IN);
  await chmod(k6, 0o755);
  await mkdir(workDir);
  const journal = new Journal(join(folder, 'journal.jsonl'));
  cleanup.add('journal', () => journal.close());
  return generate({
    plan,
    runDir: folder,
    workDir,
    k6,
    config: {} as Omit<PlayerConfig, 'harnessUrl'>,
    clients: [],
    timetable: bin,
    hosts: {},
    names: nearestRegion(plan),
    environment,
    secrets: [],
    out: [],
    journal,
    cleanup,
    signal: new AbortController().signal,
    lost: new Promise(() => {}),
    experiment: null,
    guard: () => null,
    onRow: () => {},
    onTick: () => {},
    onStart: () => {},
    report: () => {},
    ...change,
  });
}

/** The journal without machine-dependent fields. */
async function journaled(): Promise<JournalEvent[]> {
  await cleanup.run();
  const text = await readFile(join(folder, 'journal.jsonl'), 'utf8');
  const lines = text.trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as JournalLine).event).filter(({ kind }) => kind !== 'clock');
}

describe('the load', () => {
  it('begins at T0, is watched, and ends with k6', async () => {
    const seen: string[] = [];
    const { t0, end, cutShort } = await load(
      {},
      { onStart: () => void seen.push('start'), onTick: () => void seen.push('tick') },
    );
    expect(t0).toBeGreaterThan(Date.now() - 10_000);
    expect(end).toMatchObject({ exitCode: 0 });
    expect(cutShort).toBe(false);
    expect(seen.slice(0, 2)).toEqual(['start', 'tick']);
    const events = await journaled();
    expect(events.map(({ kind }) => kind)).toEqual(['generator-started', 't0', 'generator-health', 'generator-ended']);
    expect(events[1]).toMatchObject({ epochMs: t0 });
  });

  it('is cut short by Ctrl-C, which stops k6', async () => {
    const interrupt = new AbortController();
    const { cutShort, end } = await load(
      { ENDS: 'late' },
      { signal: interrupt.signal, onStart: () => setTimeout(() => interrupt.abort('Ctrl-C'), 1_000) },
    );
    expect(cutShort).toBe(true);
    expect(end).toMatchObject({ exitCode: 105 });
    expect(await journaled()).toContainEqual({ kind: 'stop-requested', why: 'interrupt', message: 'Ctrl-C' });
  });

  it('is stopped by its guard, which is recorded once', async () => {
    const { cutShort } = await load({ ENDS: 'late' }, { guard: (nowMs) => (nowMs > 0 ? '12 % are bad' : null) });
    expect(cutShort).toBe(true);
    const told = (await journaled()).filter(({ kind }) => kind === 'guard' || kind === 'stop-requested');
    expect(told).toEqual([
      { kind: 'guard', guard: 'outside-bad-share', message: '12 % are bad' },
      { kind: 'stop-requested', why: 'limit', message: '12 % are bad' },
    ]);
  });

  it('that k6 never begins is an error with its output', async () => {
    await expect(load({ ENDS: 'at once' })).rejects.toThrow(
      /k6 exited before the first request: its options are invalid: got no such option/,
    );
  });

  it('that loses its lanes before T0 is an error with the reason', async () => {
    const lost = Promise.resolve('the lanes exited: exit 1');
    await expect(load({ ENDS: 'late' }, { lost })).rejects.toThrow(
      /before the first request: the lanes exited: exit 1/,
    );
  });
});
