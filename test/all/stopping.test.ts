import { readFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test, vi } from 'vitest';
import { antipode, finished, seen } from '../antipode.ts';

/** Processes whose command line speaks of this run or world, and temporary directories that are ours. */
async function leftovers(before: Set<string>): Promise<string[]> {
  const found = await snapshot();
  return [...found].filter((entry) => !before.has(entry));
}

async function snapshot(): Promise<Set<string>> {
  const entries = new Set<string>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
    if (/k6 run|src\/lanes|targets\/world|antipode|toxiproxy-server|redis-server|postgres/.test(command)) {
      entries.add(`${pid} ${command.slice(0, 120)}`);
    }
  }
  for (const name of await readdir(tmpdir())) if (name.startsWith('antipode')) entries.add(name);
  return entries;
}

/** What the live view says once everything is up and requests that count are sent. */
const SENDING = / s of .* baseline/;

test('kill -9 of the harness leaves no process and no directory', async () => {
  const before = await snapshot();
  const running = antipode(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, SENDING);
  running.kill('SIGKILL');
  await running;
  await vi.waitFor(async () => expect(await leftovers(before)).toEqual([]), { timeout: 15_000, interval: 250 });
});

test('Ctrl-C during the set-up leaves nothing, and no run', async () => {
  const before = await snapshot();
  const running = antipode(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, /timetable/);
  running.kill('SIGINT');
  const { exitCode, runDir, text } = await finished(running);
  expect(exitCode, text).toBe(130);
  expect(runDir).toBeUndefined();
  await vi.waitFor(async () => expect(await leftovers(before)).toEqual([]), { timeout: 15_000, interval: 250 });
});

test('a k6 that is killed in the middle makes the run INVALID, and nothing recorded is lost', async () => {
  const running = antipode(['load', '--profile', 'gate-test', '--rate', '50']);
  await seen(running, SENDING);
  const k6 = [...(await snapshot())].find((entry) => / run --quiet/.test(entry));
  process.kill(Number(k6!.split(' ')[0]), 'SIGKILL');
  const { exitCode, result, text } = await finished(running);
  expect(exitCode, text).toBe(4);
  expect(result).toMatchObject({ verdict: 'INVALID' });
  expect(result!.conservation.recorded).toBeGreaterThan(0);
});

test('two runs at once, each with its own world, end without a false FAIL', async () => {
  const runs = await Promise.all(
    [1, 2].map((seed) =>
      finished(
        antipode(['load', '--profile', 'gate-test', '--rate', '40', '--duration', '10', '--seed', String(seed)]),
      ),
    ),
  );
  for (const { exitCode, result, text } of runs) {
    expect(['PASS', 'INCONCLUSIVE', 'INVALID'], text).toContain(result?.verdict);
    expect([0, 3, 4]).toContain(exitCode);
  }
  expect(runs[0]!.runDir).not.toBe(runs[1]!.runDir);
});
