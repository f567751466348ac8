import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOf, judgeHealed, OUTAGE } from '../../../test/judge-synthetic.ts';
import type { SyntheticOptions } from '../../../test/synthetic/options.ts';
import type { ExperimentLimits } from '../../../src/formats/faults.ts';
import { ROW_STATE } from '../../../src/formats/recording.ts';
import type { CellVerdict, RunResult } from '../../../reports/run-result.ts';
import { countSession, noFigures, type SessionStep } from './measure.ts';
import type { SessionFigures } from './schema.ts';

const HURT = 'ap-southeast-1';

/** One request, answered after 10 ms as it should be unless told otherwise. */
const step = (kind: SessionStep['kind'], startMs: number, more: Partial<SessionStep> = {}): SessionStep => ({
  row: startMs,
  kind,
  startMs,
  endMs: startMs + 10,
  status: 200,
  bad: false,
  version: null,
  judged: true,
  ...more,
});
const read = (startMs: number, version: number, status = 200): SessionStep =>
  step('read', startMs, { version: version === 0 ? null : version, status });
const WRITE = step('write', 0, { version: 1 });
const DELETE = step('delete', 3000, { version: 2 });
const UNKNOWN = { bad: true, status: 0, version: null };

const counted = (steps: SessionStep[], limitMs: number | null = null): SessionFigures => {
  const figures = noFigures('here');
  countSession(steps, limitMs, figures);
  return figures;
};

describe('a session', () => {
  it('that sees its write and its delete at once has no violation', () => {
    const steps = [WRITE, read(250, 1), read(500, 1), DELETE, read(3250, 2, 404), read(3500, 2, 404)];
    expect(counted(steps)).toEqual({ ...noFigures('here'), sessions: 1, reads: 4 });
  });

  it('may count its versions from 0', () => {
    const write = step('write', 0, { version: 0 });
    const later = step('write', 1000, { version: 1 });
    const shows = (startMs: number, version: number): SessionStep => step('read', startMs, { version });
    expect(counted([write, shows(250, 0), later, shows(1250, 1)])).toMatchObject({ reads: 2, missedOwnWrites: 0 });
    expect(counted([write, shows(250, 0), later, shows(1250, 0)])).toMatchObject({ reads: 2, missedOwnWrites: 1 });
    // Neither read says a version: one finds nothing where something was written, the other tells nothing.
    expect(counted([write, read(250, 0, 404), read(500, 0)])).toMatchObject({ reads: 1, missedOwnWrites: 1 });
  });

  it('misses its own write while reads return nothing, for the time from the acknowledgement to the read', () => {
    const steps = [WRITE, read(250, 0, 404), read(500, 0, 404), read(750, 1)];
    expect(counted(steps)).toMatchObject({ reads: 3, missedOwnWrites: 2, longestMissMs: 490, nonMonotonicReads: 0 });
  });

  it('misses its own delete while what was deleted is still served', () => {
    const steps = [WRITE, read(250, 1), DELETE, read(3250, 1), read(5800, 1)];
    expect(counted(steps, 2000)).toMatchObject({
      missedOwnWrites: 2,
      longestMissMs: 2790,
      lateReads: 2,
      lateMissed: 1,
    });
  });

  it('is not monotonic if a read shows an older version than an earlier one', () => {
    const steps = [WRITE, read(250, 1), DELETE, read(3250, 2, 404), read(3500, 1), read(3750, 2, 404)];
    expect(counted(steps)).toMatchObject({ reads: 4, nonMonotonicReads: 1, missedOwnWrites: 1 });
  });

  it('ignores a write without a response', () => {
    const lost = { ...WRITE, ...UNKNOWN };
    expect(counted([lost, read(250, 0, 404), read(500, 1), read(750, 1)]).missedOwnWrites).toBe(0);
    expect(counted([WRITE, read(250, 1), { ...DELETE, ...UNKNOWN }, read(3250, 1), read(3500, 2, 404)])).toMatchObject({
      missedOwnWrites: 0,
      nonMonotonicReads: 0,
    });
  });

  it('ignores a 404 without a version after the delete, and a read without a response', () => {
    const sent = { ...DELETE, ...UNKNOWN };
    expect(counted([WRITE, sent, read(3250, 0, 404), step('read', 3500, UNKNOWN)])).toMatchObject({ reads: 0 });
    expect(counted([WRITE, step('read', 250, { bad: true, status: 503 })])).toMatchObject({
      reads: 0,
      missedOwnWrites: 0,
    });
  });

  it('ignores acknowledgements after the start of a read', () => {
    const slow = { ...WRITE, endMs: 400 };
    expect(counted([slow, read(250, 0, 404), read(500, 1)])).toMatchObject({ reads: 2, missedOwnWrites: 0 });
  });

  it('is ordered by time, whatever the order of its rows', () => {
    const steps = [read(500, 1), WRITE, read(250, 0, 404)];
    expect(counted(steps)).toMatchObject({ missedOwnWrites: 1, nonMonotonicReads: 0 });
  });

  const lags = fc.record({
    lagMs: fc.integer({ min: 0, max: 4000 }),
    takesMs: fc.integer({ min: 1, max: 240 }),
    lost: fc.constantFrom<('write' | 'delete')[]>([], ['write'], ['delete'], ['write', 'delete']),
  });

  it('on a lagging replica misses its own writes for at most the lag and stays monotonic', () => {
    fc.assert(
      fc.property(lags, ({ lagMs, takesMs, lost }) => {
        const write = step('write', 0, { version: 1, endMs: takesMs });
        const remove = step('delete', 3250, { version: 2, endMs: 3250 + takesMs });
        const times = Array.from({ length: 24 }, (_, i) => (i < 12 ? 250 + i * 250 : 500 + i * 250));
        const shown = (atMs: number): number =>
          atMs - lagMs >= remove.endMs ? 2 : atMs - lagMs >= write.endMs ? 1 : 0;
        const reads = times.map((ms) => read(ms, shown(ms), shown(ms) === 1 ? 200 : 404));
        const sent = [write, remove].map((s) => (lost.includes(s.kind as 'write') ? { ...s, ...UNKNOWN } : s));
        const figures = counted([...sent, ...reads], 1000);
        expect(figures.nonMonotonicReads).toBe(0);
        expect(figures.longestMissMs).toBeLessThan(Math.max(1, lagMs));
        const owed = times.filter((ms) => {
          const isOpaque = ms > remove.startMs && shown(ms) === 0;
          return !isOpaque && sent.some((s) => !s.bad && s.endMs <= ms && s.version! > shown(ms));
        });
        expect(figures.missedOwnWrites).toBe(owed.length);
        expect(figures.lateMissed > 0).toBe(figures.longestMissMs > 1000);
      }),
    );
  });
});

describe('the limits on sessions', () => {
  const run = (limits: ExperimentLimits, more: Partial<SyntheticOptions> = {}): Promise<RunResult> =>
    judgeHealed({
      plant: () => undefined,
      sessions: true,
      replicaLagMs: 400,
      ...more,
      experiment: { ...OUTAGE.experiment!, limits },
    });

  it('PASS if every session sees its own writes in time, in every region', async () => {
    const result = await run({ readYourWritesSeconds: 2, nonMonotonicReadShare: 0.02 });
    for (const region of ['us-east-1', 'eu-west-1', HURT]) {
      expect(cellOf(result, 'read-your-writes', region)).toMatchObject({ status: 'PASS', gating: true, bad: 0 });
      expect(cellOf(result, 'monotonic-reads', region)).toMatchObject({ status: 'PASS', gating: true, bad: 0 });
    }
    const [primary, replica] = result.figures.sessions;
    expect(primary).toMatchObject({ region: 'us-east-1', missedOwnWrites: 0 });
    expect(replica!.longestMissMs).toBeGreaterThan(150);
    expect(replica!.longestMissMs).toBeLessThan(400);
  });

  it('FAIL only in regions whose replica shows own writes too late, with the longest time', async () => {
    const result = await run({ readYourWritesSeconds: 2 }, { replicaLagMs: 2600 });
    expect(cellOf(result, 'read-your-writes', 'us-east-1').status).toBe('PASS');
    const cell = cellOf(result, 'read-your-writes', HURT);
    expect(cell.status).toBe('FAIL');
    const { valueMs } = cell as Extract<CellVerdict, { evidence: 'time' }>;
    expect(valueMs).toBeGreaterThan(2300);
    expect(valueMs).toBeLessThan(2600);
  });

  it('FAIL with too many non-monotonic reads', async () => {
    const result = await run(
      { nonMonotonicReadShare: 0.02 },
      {
        changeRows: (rows) => {
          const tombstones = rows.filter((r) => r.status === 404 && r.recordVersion > 0 && r.servedRegion === 2);
          for (const r of tombstones.filter((_, i) => i % 5 === 4)) Object.assign(r, { status: 200, recordVersion: 1 });
          return rows;
        },
      },
    );
    expect(cellOf(result, 'monotonic-reads', HURT).status).toBe('FAIL');
    expect(cellOf(result, 'monotonic-reads', 'us-east-1').status).toBe('PASS');
  });

  it('are "Not tested" without sessions, without responses and without late reads', async () => {
    const limits = { readYourWritesSeconds: 2, nonMonotonicReadShare: 0.02 };
    const without = await run(limits, { sessions: false });
    const silent = await run(limits, {
      plant: ({ role, home }) =>
        role === 'session' && home === 2 ? { status: 0, state: ROW_STATE.bad, recordVersion: 0 } : undefined,
    });
    const lenient = await run({ readYourWritesSeconds: 8 });
    for (const result of [without, silent, lenient]) {
      const cell = cellOf(result, 'read-your-writes', HURT);
      expect(cell.status).toBe('INCONCLUSIVE');
      expect(cell.why).toMatch(/^Not tested/);
      expect(result.verdict).not.toBe('PASS');
    }
    expect(without.figures.sessions).toEqual([]);
    expect(cellOf(without, 'monotonic-reads', HURT)).toMatchObject({ status: 'INCONCLUSIVE', total: 0 });
    expect(cellOf(silent, 'read-your-writes', 'us-east-1').status).toBe('PASS');
  });

  it('leave every other figure of the run as it is', async () => {
    const cells = async (sessions: boolean): Promise<unknown> =>
      (await run({ rtoSeconds: 10 }, { sessions })).cells.map(({ claim, subject, status }) => [claim, subject, status]);
    expect(await cells(true)).toEqual(await cells(false));
  });
});
