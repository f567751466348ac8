import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { processTree, stillRunning } from '../../../test/process-tree.ts';
import { Children } from './children.ts';

function startChildren() {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-world-test-'));
  const children = new Children(directory);
  return { directory, children, [Symbol.asyncDispose]: () => children.down() };
}

/** A child that ignores every signal it can, and its own child. */
const STUBBORN = {
  name: 'stubborn',
  command: '/bin/sh',
  args: ['-c', 'trap "" TERM INT HUP QUIT; echo here; sleep 1000 & while :; do sleep 1; done'],
};

describe('the children of a world', () => {
  it('stop with the world, including their own children, and the directory is removed', async () => {
    await using world = startChildren();
    const child = world.children.start(STUBBORN);
    await child.untilUp(() => child.log().includes('here'), 5_000);
    await vi.waitFor(() => expect(processTree(child.pid).length).toBeGreaterThan(1), { timeout: 5_000 });
    const tree = processTree(child.pid);
    await world.children.down();
    expect(stillRunning(tree)).toEqual([]);
    expect(existsSync(world.directory)).toBe(false);
  });

  it('stop when the main process is killed right after starting them', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'antipode-world-test-'));
    const program = join(directory, 'main.mts');
    writeFileSync(
      program,
      `import { Children } from ${JSON.stringify(new URL('./children.ts', import.meta.url).href)};
       const children = new Children(${JSON.stringify(directory)});
       for (let i = 0; i < 20; i++) children.start({ name: 'sleeper-' + i, command: 'sleep', args: ['1000'] });
       console.log('started');
       setInterval(() => {}, 1000);`,
    );
    const main = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(main.stdout, 'data');
    const tree = processTree(main.pid!);
    main.kill('SIGKILL');
    expect(tree.length).toBeGreaterThan(20);
    await vi.waitFor(() => expect(stillRunning(tree)).toEqual([]), { timeout: 10_000, interval: 100 });
    await vi.waitFor(() => expect(existsSync(directory)).toBe(false), { timeout: 5_000 });
  });

  it('report an unexpected exit', async () => {
    await using world = startChildren();
    const lost = new Promise<string>((resolve) => (world.children.onLost = resolve));
    const child = world.children.start({
      name: 'redis',
      command: '/bin/sh',
      args: ['-c', 'echo boom >&2; exec sleep 1000'],
    });
    await child.untilUp(() => child.log().includes('boom'), 5_000);
    child.expectedUp = true;
    process.kill(child.pid, 'SIGKILL');
    expect(await lost).toBe('redis was killed by SIGKILL:\n  boom');
  });

  it('report one that fails to start, with the end of its log', async () => {
    await using world = startChildren();
    const child = world.children.start({
      name: 'toxiproxy',
      command: '/bin/sh',
      args: ['-c', 'echo no such flag >&2; exit 2'],
    });
    await expect(child.untilUp(() => false, 5_000)).rejects.toThrow(
      'toxiproxy exited with code 2 before it could start:\n  no such flag',
    );
  });

  it('time out on one that sends nothing', async () => {
    await using world = startChildren();
    const child = world.children.start({ name: 'mute', command: 'sleep', args: ['1000'], piped: true });
    await expect(child.receive('ready', 200)).rejects.toThrow('mute did not send "ready" within 0.2 s');
  });
});
