import { expect, test } from 'vitest';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import { ERRORS } from '../../../src/formats/recording.ts';
import type { RunResult } from '../../run-result.ts';
import { checkOf, invalidBy, judge, REFUSED, SHORT } from '../../../test/judge-synthetic.ts';

// Whatever the generator lacked, what failed for it is no fault of the target.

/** A run in whose journal these events stand too. */
const withEvents = (...events: JournalEvent[]): Promise<RunResult> =>
  judge({
    ...SHORT,
    changeJournal: (lines) => {
      const at = lines.findIndex(({ event }) => event.kind === 't0');
      const more = events.map((event) => ({ ...lines[at]!, ms: 61_000, event }));
      lines.splice(at + 1, 0, ...more);
    },
  });

/** A run in which one request in ten had this error. */
const withError = (error: (typeof ERRORS)[number], world?: null): Promise<RunResult> => {
  let n = 0;
  return judge({
    ...SHORT,
    plant: ({ role }) => (role === 'mix' && ++n % 10 === 0 ? { ...REFUSED, error: ERRORS.indexOf(error) } : undefined),
    ...(world === null
      ? {
          changePlan: (plan) => {
            plan.target.world = null;
          },
        }
      : {}),
  });
};

test('A lane without ports or file descriptors makes the run INVALID, with errno and count', async () => {
  const of = { kind: 'generator-exhausted', where: 'dial' } as const;
  const result = await withEvents(
    { ...of, errno: 'EADDRNOTAVAIL', count: 1 },
    { ...of, errno: 'EADDRNOTAVAIL', count: 40 },
    { ...of, errno: 'EMFILE', where: 'accept', count: 3 },
  );
  expect(invalidBy(result)).toEqual(['generator-resources']);
  expect(result).toMatchObject({
    verdict: 'INVALID',
    exitCode: 4,
    next: expect.stringContaining('ip_local_port_range'),
  });
  expect(checkOf(result, 'generator-resources')).toMatchObject({
    value: 'EADDRNOTAVAIL 41 times in the lanes and EMFILE 3 times in the lanes',
    note: 'The generator ran out of local ports and file descriptors per process: requests failed because of it, not because of the target.',
  });
});

test('So does an exhausted k6', async () => {
  const result = await withError('generator');
  expect(result.verdict).toBe('INVALID');
  expect(invalidBy(result)).toContain('generator-resources');
  expect(checkOf(result, 'generator-resources').value).toMatch(/^\d+ attempts in k6$/);
  expect(checkOf(await withError('refused'), 'generator-resources')).toMatchObject({
    ok: true,
    value: 'none exhausted',
  });
});

test("A failed lookup in the harness is the generator's; silent routing of a world is the target's", async () => {
  const own = checkOf(await withError('resolve', null), 'generator-resources');
  expect(own).toMatchObject({ ok: false, value: expect.stringMatching(/^\d+ region lookups failed$/) });
  expect(checkOf(await withError('resolve'), 'generator-resources').ok).toBe(true);
});

test('Slow region lookups make the run INVALID, and never the target FAIL', async () => {
  const waiting = async (resolveUs: number): Promise<RunResult> => {
    let n = 0;
    return judge({
      ...SHORT,
      plant: ({ role }, drawn) =>
        role === 'mix' && ++n % 10 === 0
          ? { resolveUs, totalUs: drawn.totalUs }
          : { resolveUs: 900, totalUs: drawn.totalUs },
    });
  };
  const starved = await waiting(2_000_000);
  expect(starved.verdict).toBe('INVALID');
  expect(checkOf(starved, 'generator-resources')).toMatchObject({
    ok: false,
    value: expect.stringMatching(/^[\d,]+ of [\d,]+ region lookups took over 1 s$/),
    note: expect.stringContaining('too little CPU'),
  });
  expect(checkOf(await waiting(40_000), 'generator-resources').ok).toBe(true);
});

test('DNS answers and their changes are in the result', async () => {
  const name = 'a.example.test';
  const result = await withEvents(
    { kind: 'names-resolved', names: [{ name, addresses: ['192.0.2.1', '192.0.2.2'], error: null }] },
    { kind: 'names-resolved', names: [{ name, addresses: ['192.0.2.1', '192.0.2.2'], error: 'ESERVFAIL' }] },
  );
  expect(result.names).toEqual([
    {
      name,
      answers: [
        { ms: 61_000, addresses: ['192.0.2.1', '192.0.2.2'], error: null },
        { ms: 61_000, addresses: ['192.0.2.1', '192.0.2.2'], error: 'ESERVFAIL' },
      ],
    },
  ]);
});
