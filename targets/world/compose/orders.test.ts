import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Supervised } from './orders.ts';

const SCRIPT = fileURLToPath(new URL('./supervise.sh', import.meta.url));
/** A server that counts in a file, ten times a second: a frozen one does not count. */
const COUNTS = `
  const { readFileSync, writeFileSync } = require('node:fs');
  let n = 0;
  setInterval(() => writeFileSync(process.argv[1], String(++n)), 100);
  process.on('SIGHUP', () => writeFileSync(process.argv[1] + '.reloads', 'yes'));
`;

// A PID namespace needs Linux and root.
describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('A supervised server', () => {
  let directory: string;
  let container: ChildProcess;
  let ended: Promise<unknown[]>;

  const start = (command: string[]): Supervised => {
    const line = 'hostname server && exec sh "$0" "$@"';
    container = spawn('unshare', ['--pid', '--fork', '--kill-child', '--uts', 'sh', '-c', line, SCRIPT, ...command], {
      env: { ...process.env, ORDERS_DIRECTORY: directory },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    ended = once(container, 'exit');
    return new Supervised('server', 'KILL', directory);
  };
  const counted = (): number => Number(readFileSync(join(directory, 'count'), 'utf8'));
  const counting = (): Promise<void> => {
    const before = existsSync(join(directory, 'count')) ? counted() : 0;
    return expect.poll(counted, { timeout: 10_000 }).not.toBe(before);
  };

  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'antipode-orders-'))));
  afterEach(async () => {
    container.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  });

  it('can be frozen, thawed, stopped and restarted', async () => {
    const server = start([process.execPath, '-e', COUNTS, join(directory, 'count')]);
    await expect.poll(() => existsSync(join(directory, 'count')), { timeout: 10_000 }).toBe(true);
    await server.freeze();
    const at = counted();
    await server.freeze();
    expect(counted()).toBe(at);
    await server.thaw();
    await counting();
    await server.reload();
    await expect.poll(() => existsSync(join(directory, 'count.reloads'))).toBe(true);
    await server.freeze();
    await server.end();
    await server.end();
    expect([server.isStopped, await server.isLost()]).toEqual([true, false]);
    await rm(join(directory, 'count'));
    await server.start();
    await expect.poll(() => existsSync(join(directory, 'count')), { timeout: 10_000 }).toBe(true);
    await counting();
  });

  it('that exits unexpectedly stops its container with its exit code and rejects further orders', async () => {
    const server = start(['sh', '-c', 'exit 3']);
    expect(await ended).toEqual([3, null]);
    expect(await server.isLost()).toBe(true);
    await expect(server.freeze()).rejects.toThrow(/exited unexpectedly|ENXIO/);
  });

  it('is detected as lost when its container is killed', async () => {
    const server = start([process.execPath, '-e', COUNTS, join(directory, 'count')]);
    await expect.poll(() => existsSync(join(directory, 'count')), { timeout: 10_000 }).toBe(true);
    expect(await server.isLost()).toBe(false);
    container.kill('SIGKILL');
    await ended;
    await expect.poll(() => server.isLost(), { timeout: 10_000 }).toBe(true);
    await expect(server.freeze()).rejects.toThrow(/ENXIO/);
  });

  it('does not start outside a container of its own', async () => {
    container = spawn('sh', [SCRIPT, 'true'], {
      env: { ...process.env, ORDERS_DIRECTORY: directory },
      stdio: 'ignore',
    });
    ended = once(container, 'exit');
    expect(await ended).toEqual([2, null]);
  });
});
