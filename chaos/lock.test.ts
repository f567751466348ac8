import { describe, expect, test } from 'vitest';
import { EXIT } from '../src/errors.ts';
import { lockHolder } from '../test/lock-holder.ts';
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

  test.each([true, false])('of a process that was killed is taken over (buried: %s)', async (isBuried) => {
    const target = controls();
    using holder = await lockHolder(target, 'killed-run', isBuried);
    await expect(lockControls(target, 'next-run')).rejects.toThrow('run killed-run');
    await holder.kill();
    (await lockControls(target, 'next-run'))();
  });
});
