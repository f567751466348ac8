import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
import { writeCause } from '../../../test/corpus/cause.ts';
import { CAUSES_OF_CHECKS } from '../../../test/corpus/causes-of-checks.ts';
import type { SyntheticOptions } from '../../../test/synthetic/options.ts';
import { writeSyntheticRun } from '../../../test/synthetic/run.ts';
import { judgeRun } from '../index.ts';

// What makes a run INVALID, and what is not judged at all.

/** As small as a run can be in which every cause shows. */
const TINY: SyntheticOptions = { judgedMs: 4000, cities: 4, ratePerSecond: 40, probesPerSecond: 12 };

test.each(CAUSES_OF_CHECKS)('INVALID: $name', async (cause) => {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-'));
  try {
    await writeCause(dir, TINY, cause);
    expect(invalidBy(await judgeRun(dir, { judgedAt: JUDGED_AT }))).toEqual(cause.fails);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('Every check can fail alone', async () => {
  const alone = CAUSES_OF_CHECKS.flatMap(({ fails }) => (fails.length === 1 ? fails : []));
  const all = (await judge(TINY)).validity.map(({ id }) => id);
  expect(new Set(alone)).toEqual(new Set(all));
});

test('A row removed: one planned request is missing', async () => {
  const result = await judge({ ...SHORT, changeRows: (rows) => rows.toSpliced(rows.length >> 1, 1) });
  expect(invalidBy(result)).toEqual(['conservation']);
  expect(result.conservation.missing).toBe(1);
});

test('A duplicate row: recorded twice, and the target counted one less', async () => {
  const result = await judge({ ...SHORT, changeRows: (rows) => rows.flatMap((r, i) => (i === 100 ? [r, r] : [r])) });
  expect(result.conservation.duplicates).toBe(1);
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

test('Output of a journey and a truncated last line invalidate nothing', async () => {
  const result = await judge({ foreign: ['hello', 'time="2025" level=warning'], tail: '@r AAAA' });
  expect(result.verdict).toBe('PASS');
});

test('A generator that was late in one region invalidates that region’s cells', async () => {
  let n = 0;
  const result = await judge({
    plant: ({ home, role }, drawn) =>
      home === 1 && role !== 'control' && ++n % 40 === 0 ? { startMs: drawn.startMs + 30 } : undefined,
  });
  expect(invalidBy(result)).toEqual(['generator-lag']);
  expect(checkOf(result, 'generator-lag').note).toContain('eu-west-1');
  expect(cellOf(result, 'read-p99', 'eu-west-1').status).toBe('INVALID');
  expect(cellOf(result, 'read-p99', 'eu-west-1').why).toContain('would be PASS');
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
  expect(cellOf(result, 'read-p99', 'us-east-1').why).toContain('would be FAIL');
});

test('A FAIL of latency mentions slow control echoes and steal', async () => {
  const late = (echoes: number, stealShare = 0) => {
    let [reads, controls] = [0, 0];
    return judge({
      ...SHORT,
      judgedMs: 30_000,
      changeJournal: inJournal('generator-health', { stealShare }),
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
  expect(doubtful.why).toMatch(
    / \d of \d+ echoes inside the harness also took longer than 20 ms, so this machine may be the cause\.$/,
  );
  expect(doubtful.next).toContain('CPU');
  const stolen = await late(0, 0.023);
  expect(stolen.why).toMatch(/ The hypervisor gave 2\.3 % .* \(steal\), so this machine may be the cause\.$/);
  expect(stolen.next).toContain('CPU');
  const sure = await late(0, 0.004);
  expect(sure.verdict).toBe('FAIL');
  expect(`${sure.why} ${sure.next}`).not.toContain('machine');
});

test('A slow or missing control series', async () => {
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

test('A lane with a wrong round trip is named, and so is one that was not calibrated', async () => {
  const lane = { origin: 0, region: 2, nominalMs: 92, p50Ms: 94.1, p99Ms: 95, samples: 20 };
  const off = await judge({ ...SHORT, changeJournal: inJournal('lanes-calibrated', { lanes: [lane] }) });
  expect(checkOf(off, 'calibration').note).toContain('tokyo -> ap-southeast-1 has 94.1 ms instead of 92 ms');
  expect(checkOf(off, 'calibration').note).toContain('was not calibrated');
});

test('A request without a response may have been counted once', async () => {
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
