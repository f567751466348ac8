import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/errors.ts';
import { lockControls } from './lock.ts';

/** An address that no other test and no real target has. */
const controls = () => ({ world: null, toxiproxies: [`http://127.0.0.1:1/${Math.random()}`], fis: null });

describe('the lock of a target', () => {
  test('is given to one run, names it to the second, and is free again afterwards', async () => {
    const target = controls();
    const release = await lockControls(target, 'first-run');
    await expect(lockControls(target, 'second-run')).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: expect.stringContaining('run first-run'),
    });
    release();
    (await lockControls(target, 'second-run'))();
  });

  test('of a process that was killed is taken over', async () => {
    const target = controls();
    const module = new URL('lock.ts', import.meta.url).href;
    const holder = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `import { lockControls } from ${JSON.stringify(module)};
         await lockControls(${JSON.stringify(target)}, 'killed-run'); console.log('held'); setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    await expect(lockControls(target, 'next-run')).rejects.toThrow('run killed-run');
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    (await lockControls(target, 'next-run'))();
  });
});
