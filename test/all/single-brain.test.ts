import { expect, test } from 'vitest';
import { decided, failed, judged, notPassed } from '../antipode.ts';
import { CLAIM_ROWS, titleOf } from '../single-brain-claims.ts';

// The reference system single-brain: it passes its claims and experiments, and each of its defects is found by the
// claim or the experiment that names it.

const TARGET = ['--target', 'single-brain'];
/** Low enough for two cores that also run the world, and enough for failing writes to be judged. */
const RATE = ['--rate', '100'];
const LOAD = ['load', '--profile', 'gate-test', ...RATE, '--duration', '70'];

test.each([['gate-test'], ['apac-heavy']])('it passes its claims with %s', async (profile) => {
  const args = profile === 'gate-test' ? LOAD : ['load', '--profile', profile];
  const { exitCode, result, text } = await decided([...args, ...TARGET]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
});

const experiments = new Set(CLAIM_ROWS.flatMap(({ command: [, experiment] }) => experiment ?? []));

test.each([...experiments])('it passes %s', async (experiment) => {
  const { exitCode, result, text } = await judged(['chaos', experiment, ...TARGET, ...RATE]);
  expect(notPassed(result), text).toEqual([]);
  expect(exitCode, text).toBe(0);
});

test.each(CLAIM_ROWS.map((row) => ({ title: titleOf(row), ...row })))(
  '$title',
  async ({ defect, command: [command, experiment], red }) => {
    const args = command === 'load' ? LOAD : ['chaos', experiment, ...RATE];
    const { exitCode, result, text } = await judged([...args, ...TARGET, '--defect', defect]);
    const found = failed(result);
    expect(exitCode, text).toBe(1);
    if (command === 'load') expect(found, text).toEqual(red.toSorted());
    else expect(found, text).toEqual(expect.arrayContaining([...red]));
  },
);
