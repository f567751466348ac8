import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BIN_MS, ClockBins, type Ended, MIN_ROWS, WINDOW_MS } from './bins.ts';
import { detected, reachedElsewhere, recovered, SUSTAINED, sustained, usual } from './times.ts';

const END_MS = 20_000;

const row = fc
  .record({
    beginMs: fc.integer({ min: 0, max: (END_MS - 1) * 8 }).map((eighths) => eighths / 8),
    tookMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 6000 })),
    outcome: fc.constantFrom('home', 'away', 'bad'),
    slow: fc.boolean(),
  })
  .map(({ beginMs, tookMs, outcome, slow }): Ended => ({
    beginMs,
    endMs: beginMs + tookMs,
    bad: outcome === 'bad',
    home: outcome === 'home',
    away: outcome === 'away',
    slow: slow || outcome === 'bad',
    wasInFlight: false,
  }));

function binsOf(rows: Ended[]): ClockBins {
  const bins = new ClockBins(END_MS + 7000);
  for (const r of rows) bins.add(r);
  return bins;
}

/** The same windows, looked at row by row. */
function naive(rows: Ended[], i: number): { n: number; bad: number; away: number; home: number; slow: number } {
  const [from, to] = [i * BIN_MS, i * BIN_MS + WINDOW_MS];
  const ended = rows.filter((r) => r.endMs >= from && r.endMs < to);
  const hanging = rows.filter((r) => r.beginMs <= from && r.endMs >= to).length;
  const of = (is: (r: Ended) => boolean): number => ended.filter(is).length;
  return {
    n: ended.length + hanging,
    bad: of((r) => r.bad) + hanging,
    away: of((r) => r.away),
    home: of((r) => r.home),
    slow: of((r) => r.slow) + hanging,
  };
}

/** A request every 20 ms; `of` says what becomes of it, by its begin. */
const steady = (of: (beginMs: number) => Partial<Ended> & { tookMs?: number }, everyMs = 20): Ended[] =>
  Array.from({ length: END_MS / everyMs }, (_, i) => {
    const beginMs = i * everyMs;
    const { tookMs = 30, ...rest } = of(beginMs);
    return {
      beginMs,
      endMs: beginMs + tookMs,
      bad: false,
      away: false,
      home: true,
      slow: false,
      wasInFlight: false,
      ...rest,
    };
  });
const BAD = { bad: true, home: false, slow: true };
const AWAY = { home: false, away: true };

describe('windows of the failover clock', () => {
  it('equal a count row by row', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 300 }), (rows) => {
        const windows = binsOf(rows).windows();
        for (let i = 0; i < END_MS / BIN_MS; i += 3) {
          const truth = naive(rows, i);
          expect(windows.n(i)).toBe(truth.n);
          expect((windows.badShare(i) ?? 0) * truth.n).toBeCloseTo(truth.bad, 6);
          expect((windows.awayShare(i) ?? 0) * truth.n).toBeCloseTo(truth.away, 6);
          expect((windows.homeShare(i) ?? 0) * truth.n).toBeCloseTo(truth.home, 6);
          expect((windows.slowShare(i) ?? 0) * truth.n).toBeCloseTo(truth.slow, 6);
          expect(windows.isBad(i)).toBe(truth.n >= MIN_ROWS && truth.bad >= 2 && truth.bad > 0.05 * truth.n);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('do not depend on the order of rows', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const [a, b] = [binsOf(rows), binsOf(rows.toReversed())];
        expect(recovered(a, a.windows(), 1000, 15_000)).toEqual(recovered(b, b.windows(), 1000, 15_000));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the time to recover', () => {
  it('lies between the last bad and the first good request, whenever the switch was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2000, max: 9000 }), fc.integer({ min: 300, max: 8000 }), (t0Ms, lastsMs) => {
        const backMs = t0Ms + lastsMs;
        const rows = steady((ms) => (ms < t0Ms ? {} : ms < backMs ? { ...BAD, tookMs: 1 } : AWAY));
        const bins = binsOf(rows);
        const found = recovered(bins, bins.windows(), t0Ms, END_MS)!;
        expect(found.fromMs).toBeLessThanOrEqual(backMs + 1);
        expect(found.fromMs).toBeGreaterThan(backMs - 25);
        expect(found.toMs).toBeGreaterThanOrEqual(backMs);
        expect(found.toMs).toBeLessThanOrEqual(backMs + 100);
      }),
      { numRuns: 200 },
    );
  });

  it('counts a relapse as not yet recovered', () => {
    const rows = steady((ms) => (ms < 3000 || (ms >= 5000 && ms < 9000) || ms >= 10_000 ? {} : { ...BAD, tookMs: 1 }));
    const bins = binsOf(rows);
    expect(recovered(bins, bins.windows(), 3000, END_MS)!.toMs).toBeGreaterThan(9900);
  });

  it('ignores a single failed request', () => {
    const rows = steady((ms) => (ms < 3000 || ms >= 5000 ? {} : { ...BAD, tookMs: 1 }), 100);
    rows.push({ beginMs: 9000, endMs: 9001, ...BAD, away: false, wasInFlight: false });
    const bins = binsOf(rows);
    expect(recovered(bins, bins.windows(), 3000, END_MS)!.toMs).toBeLessThan(5200);
  });

  it('is null without two good seconds before t1', () => {
    const rows = steady((ms) => (ms < 3000 || ms >= 10_000 ? {} : { ...BAD, tookMs: 1 }));
    const bins = binsOf(rows);
    expect(recovered(bins, bins.windows(), 3000, 11_500)).toBeNull();
    expect(recovered(bins, bins.windows(), 3000, 13_000)).not.toBeNull();
  });

  it('is null while half the requests hang past t1', () => {
    const rows = steady((ms) => (ms < 3000 || ms >= 12_000 || ms % 40 === 0 ? {} : { tookMs: 12_500 - ms }));
    const bins = binsOf(rows);
    expect(recovered(bins, bins.windows(), 3000, 12_000)).toBeNull();
  });

  it('is zero without a bad window, and null with too few requests', () => {
    const bins = binsOf(steady(() => ({})));
    expect(recovered(bins, bins.windows(), 3000, 10_000)).toEqual({ fromMs: 3000, toMs: 3000 });
    const thin = binsOf(steady(() => ({}), 500));
    expect(recovered(thin, thin.windows(), 3000, 10_000)).toBeNull();
  });
});

describe('the failover curve', () => {
  const switched = binsOf(steady((ms) => (ms < 3000 ? {} : ms < 7000 ? { ...BAD, tookMs: 1 } : AWAY)));

  it('reaches every share at the switch when all clients switch at once', () => {
    for (const share of [0.5, 0.9, 0.99])
      expect(Math.abs(reachedElsewhere(switched.windows(), share, 3000, END_MS)! - 7030)).toBeLessThanOrEqual(100);
  });

  it('starts with the first response from elsewhere, but not with a stray one', () => {
    const rows = steady((ms) => (ms < 3000 ? {} : ms < 7000 ? { ...BAD, tookMs: 1 } : AWAY));
    rows.push({ beginMs: 4000, endMs: 4100, bad: false, away: true, home: false, slow: false, wasInFlight: false });
    const bins = binsOf(rows);
    expect(detected(bins, bins.windows(), 3000, END_MS, 0)).toBe(7030);
  });

  it('never reaches what it does not reach before t1', () => {
    expect(reachedElsewhere(switched.windows(), 0.5, 3000, 6500)).toBeNull();
    expect(detected(switched, switched.windows(), 3000, 6500, 0)).toBeNull();
  });
});

describe('the baseline', () => {
  it('is null if it is empty or too short', () => {
    const windows = binsOf(steady(() => ({}))).windows();
    expect(usual(windows, 5000, 5500)).toBeNull();
    expect(usual(binsOf([]).windows(), 0, 10_000)).toBeNull();
    expect(usual(windows, 0, 10_000)).toMatchObject({ homeShare: 1, badShare: 0, slowShare: 0, away: 0 });
  });

  it('is not sustained with fewer windows', () => {
    expect(sustained(0, 30, (i) => i >= 5 && i < 5 + SUSTAINED)).toBe(5);
    expect(sustained(0, 30, (i) => i >= 5 && i < 4 + SUSTAINED)).toBeNull();
    expect(sustained(0, 5 + SUSTAINED - 2, (i) => i >= 5)).toBeNull();
  });
});
