import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeLock } from './owner-lock.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-lock-'));
  path = join(folder, 'k6');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const owned = (parts: object): Promise<void> =>
  writeFile(`${path}.1`, JSON.stringify({ pid: process.pid, started: null, host: hostname(), ...parts }));

async function pidOfTheDead(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('a lock', () => {
  test('is held by one at a time, and leaves one small file behind', async () => {
    let [inside, most] = [0, 0];
    const work = async () => {
      await using _lock = await takeLock(path, { timeoutMs: 15_000 });
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, work));
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual(['k6.8']);
  });

  test.each([
    ['of a dead process', async () => owned({ pid: await pidOfTheDead() })],
    ['whose pid now belongs to another process', () => owned({ started: '1' })],
    ['that was released', () => writeFile(`${path}.1`, '')],
  ])('%s is taken', async (_what, plant) => {
    await plant();
    await using _lock = await takeLock(path, { timeoutMs: 1_000 });
    expect(JSON.parse(await readFile(`${path}.2`, 'utf8'))).toMatchObject({ pid: process.pid });
  });

  test('of a dead owner is taken by many waiters at once, and still held by only one at a time', async () => {
    const pid = await pidOfTheDead();
    for (let round = 0; round < 6; round++) {
      path = join(folder, `round-${round}`);
      await owned({ pid });
      let [inside, most] = [0, 0];
      const work = async () => {
        await using _lock = await takeLock(path, { timeoutMs: 15_000 });
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      };
      await Promise.all(Array.from({ length: 5 }, work));
      expect(most).toBe(1);
    }
  });

  test.each([
    ['of a living process', {}],
    ['taken on another host', { host: 'elsewhere', pid: 2 ** 22 + 1 }],
  ])('%s is waited for, in bounded time, with its owner named once', async (_what, parts) => {
    await owned(parts);
    const waits: number[] = [];
    const taken = takeLock(path, { timeoutMs: 250, onWait: (pid) => waits.push(pid) });
    await expect(taken).rejects.toThrow(/^process \d+ on .* has held .*k6\.1 for longer than 0\.25 s$/);
    expect(waits).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['k6.1']);
  });

  test('is no longer waited for after an abort', async () => {
    await owned({});
    const controller = new AbortController();
    const onWait = () => controller.abort();
    await expect(takeLock(path, { timeoutMs: 60_000, signal: controller.signal, onWait })).rejects.toThrow(/abort/i);
    expect(await readdir(folder)).toEqual(['k6.1']);
  });
});
