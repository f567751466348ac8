import { expect, it } from 'vitest';
import { singleFlight } from './single-flight.ts';

it('loads a key once for concurrent callers, and again for later ones', async () => {
  let loads = 0;
  const load = singleFlight(async (key: number) => {
    loads++;
    await new Promise((resolve) => setImmediate(resolve));
    if (key === 13) throw new Error('unlucky');
    return key * 2;
  });
  expect(await Promise.all([load(1), load(1), load(2), load(1)])).toEqual([2, 2, 4, 2]);
  expect(loads).toBe(2);
  await load(1);
  expect(loads).toBe(3);
  const failed = await Promise.allSettled([load(13), load(13)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(loads).toBe(4);
});
