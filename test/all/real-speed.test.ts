import { expect, it } from 'vitest';
import { underTest } from '../world-under-test.ts';
import { worldWith } from '../world-rig.ts';

it('checks as often as Route 53 with speed real', async () => {
  await using world = await worldWith(null, 'real');
  expect(world.file.routing).toMatchObject({ speed: 'real', ttlSeconds: 60, intervalMs: 30_000, threshold: 3 });
  expect(await underTest(world.file).tokyoTtl()).toBe(60);
});
