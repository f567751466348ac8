import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JournalEvent } from '../../../src/formats/journal.ts';
import type { RunResult } from '../../run-result.ts';
import {
  cellOf,
  checkOf,
  inJournal,
  invalidBy,
  judge,
  JUDGED_AT,
  REFUSED,
  SHORT,
} from '../../../test/judge-synthetic.ts';
import { writeSyntheticRun } from '../../../test/synthetic/run.ts';
import { judgeRun } from '../index.ts';

// What makes a run INVALID, one test per cause, and what is not judged at all.

test('A row removed: one planned request is missing', async () => {
  const result = await judge({ ...SHORT, changeRows: (rows) => rows.toSpliced(rows.length >> 1, 1) });
  expect(invalidBy(result)).toEqual(['conservation']);
  expect(result.conservation.missing).toBe(1);
});

test('A row doubled: recorded twice, and the target counted one less', async () => {
  const result = await judge({ ...SHORT, changeRows: (rows) => rows.flatMap((r, i) => (i === 100 ? [r, r] : [r])) });
  expect(result.conservation.doubled).toBe(1);
  expect(invalidBy(result)).toEqual(['conservation']);
});

test('A row that was never planned', async () => {
  const result = await judge({ ...SHORT, changeRows: (rows) => [...rows, { ...rows.at(-1)!, row: 4_000_000 }] });
  expect(result.conservation.unknown).toBe(1);
  expect(checkOf(result, 'conservation').ok).toBe(false);
  expect(result.exitCode).toBe(4);
});

test('A byte altered after the seal: the file is named', async () => {
  const result = await judge(SHORT, async ({ dir }) => {
    const text = await readFile(join(dir, 'recording.log'), 'latin1');
    await writeFile(join(dir, 'recording.log'), text.replace('AAA', 'BAA'), 'latin1');
  });
  expect(checkOf(result, 'seal').note).toContain('recording.log was altered');
  expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 });
});

test('A line of the recording that is neither whole nor the last', async () => {
  const result = await judge({ ...SHORT, foreign: ['@r AAAA'] });
  expect(invalidBy(result)).toEqual(['conservation']);
  expect(checkOf(result, 'conservation').note).toContain('malformed');
});

test('A journey’s own words and a torn last line spoil nothing', async () => {
  const result = await judge({ foreign: ['hello', 'time="2025" level=warning'], tail: '@r AAAA' });
  expect(result.verdict).toBe('PASS');
});

test('A generator that was late in one region spoils that region’s cells', async () => {
  let n = 0;
  const result = await judge({
    plant: ({ home, role }, drawn) =>
      home === 1 && role !== 'control' && ++n % 40 === 0 ? { startMs: drawn.startMs + 30 } : undefined,
  });
  expect(invalidBy(result)).toEqual(['generator-lag']);
  expect(checkOf(result, 'generator-lag').note).toContain('eu-west-1');
  expect(cellOf(result, 'read-p99', 'eu-west-1').status).toBe('INVALID');
  expect(cellOf(result, 'read-p99', 'eu-west-1').why).toContain('would read PASS');
  expect(cellOf(result, 'client-p99', 'london').status).toBe('INVALID');
  expect(cellOf(result, 'read-p99', 'us-east-1').status).toBe('PASS');
});

test('INVALID beats FAIL', async () => {
  const result = await judge({
    ...SHORT,
    plant: ({ role }, drawn) =>
      role === 'control' ? { totalUs: 60_000 } : role === 'probe' ? { totalUs: drawn.totalUs + 500_000 } : undefined,
  });
  expect(invalidBy(result)).toEqual(['control-series']);
  expect(cellOf(result, 'read-p99', 'us-east-1').why).toContain('would read FAIL');
});

test('A FAIL of latency says so when echoes inside the harness were slow, too, though not surely', async () => {
  const late = (echoes: number) => {
    let [reads, controls] = [0, 0];
    return judge({
      ...SHORT,
      judgedMs: 30_000,
      plant: ({ home, role }, drawn) =>
        role === 'control'
          ? { totalUs: ++controls <= echoes ? 60_000 : drawn.totalUs }
          : home === 1 && ++reads % 10 === 0
            ? { totalUs: drawn.totalUs + 500_000 }
            : undefined,
    });
  };
  const doubtful = await late(5);
  expect(doubtful.verdict).toBe('FAIL');
  expect(doubtful.why).toMatch(/ \d of \d+ echoes inside the harness took over 20 ms, too: it may be this machine\.$/);
  expect(doubtful.next).toContain('CPU');
  const sure = await late(0);
  expect(sure.verdict).toBe('FAIL');
  expect(`${sure.why} ${sure.next}`).not.toContain('machine');
});

test('A control series that is slow, or that is not there', async () => {
  let n = 0;
  const slow = await judge({
    ...SHORT,
    judgedMs: 30_000,
    plant: ({ role }) => (role === 'control' && ++n % 25 === 0 ? { totalUs: 60_000 } : undefined),
  });
  expect(invalidBy(slow)).toEqual(['control-series']);
  const none = await judge({
    ...SHORT,
    changePlan: (plan) => plan.phases.forEach((p) => (p.judged = false)),
  });
  expect(checkOf(none, 'control-series')).toMatchObject({ ok: false, value: 'none' });
});

/** A run whose journal lacks or changes the events of one kind. */
const journal = (kind: JournalEvent['kind'], change: Record<string, unknown> | null): Promise<RunResult> =>
  judge({ ...SHORT, changeJournal: inJournal(kind, change) });

test('A clock that steps', async () => {
  expect(invalidBy(await journal('clock', { stepMs: -5.2 }))).toEqual(['clock']);
});

test('A generator that used up its CPU, or whose CPU nobody measured', async () => {
  expect(invalidBy(await journal('generator-health', { cpuSeconds: 9.5 }))).toEqual(['generator-cpu']);
  expect(invalidBy(await journal('generator-health', null))).toEqual(['generator-cpu']);
});

test('A generator that ended by itself, or whose end nobody saw', async () => {
  expect(invalidBy(await journal('generator-ended', { exitCode: 107, message: 'script exception' }))).toEqual([
    'generator-exit',
  ]);
  const unseen = await journal('generator-ended', null);
  expect(checkOf(unseen, 'generator-exit').ok).toBe(false);
  expect(checkOf(unseen, 'clock').ok).toBe(false);
});

test('A lane that is off, one that was not calibrated, and no calibration at all', async () => {
  const lane = { origin: 0, region: 2, nominalMs: 92, p50Ms: 94.1, p99Ms: 95, samples: 20 };
  const off = await journal('lanes-calibrated', { lanes: [lane] });
  expect(checkOf(off, 'calibration').note).toContain('tokyo -> ap-southeast-1 has 94.1 ms instead of 92 ms');
  expect(checkOf(off, 'calibration').note).toContain('was not calibrated');
  expect(invalidBy(off)).toEqual(['calibration']);
  expect(invalidBy(await journal('lanes-calibrated', null))).toEqual(['calibration']);
});

test('A target that counted more or fewer requests than were recorded, or that was not asked', async () => {
  const counters = (change: (requests: number) => number): Promise<RunResult> =>
    judge({
      ...SHORT,
      changeJournal: (lines) => {
        for (const { event } of lines)
          if (event.kind === 'world-counters') event.counters[1]!.requests = change(event.counters[1]!.requests);
      },
    });
  expect(invalidBy(await counters((n) => n + 1))).toEqual(['target-counters']);
  expect(invalidBy(await counters((n) => n - 1))).toEqual(['target-counters']);
  expect(invalidBy(await journal('world-counters', null))).toEqual(['target-counters']);
});

test('A request without an answer may or may not have been counted, once', async () => {
  const run = (counted: number): Promise<RunResult> => {
    let done = false;
    return judge({
      ...SHORT,
      plant: ({ role, home }) => {
        if (done || role !== 'mix' || home !== 2) return undefined;
        done = true;
        return REFUSED;
      },
      changeJournal: (lines) => {
        for (const { event } of lines) if (event.kind === 'world-counters') event.counters[2]!.requests += counted;
      },
    });
  };
  expect(checkOf(await run(0), 'target-counters').ok).toBe(true);
  expect(checkOf(await run(1), 'target-counters').ok).toBe(true);
  expect(checkOf(await run(2), 'target-counters').ok).toBe(false);
});

test('A mix that is not the one of the plan', async () => {
  const result = await judge({
    ...SHORT,
    changePlan: (plan) => {
      const busiest = plan.streams.find((s) => s.role === 'mix' && s.phase === 1)!;
      busiest.requests = busiest.requests.map((n) => n * 2);
    },
  });
  expect(invalidBy(result)).toEqual(['mix']);
});

// Refusals

test('A directory that was never sealed is refused, and judged on request with its seal check red', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-'));
  try {
    await writeSyntheticRun(dir, { ...SHORT, seal: false });
    await expect(judgeRun(dir, { judgedAt: JUDGED_AT })).rejects.toMatchObject({ exitCode: 2 });
    expect(invalidBy(await judgeRun(dir, { judgedAt: JUDGED_AT, allowUnsealed: true }))).toEqual(['seal']);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('A plan that cannot be read is an error that names the file', async () => {
  await expect(judge(SHORT, ({ dir }) => writeFile(join(dir, 'plan.json'), '{'))).rejects.toThrow(/plan\.json/);
});

test('A recording that is gone leaves every request missing', async () => {
  const result = await judge(SHORT, ({ dir }) => rm(join(dir, 'recording.log')));
  expect(result.verdict).toBe('INVALID');
  expect(result.conservation.missing).toBe(result.conservation.planned);
});
