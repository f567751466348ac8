import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seeded } from '../../test/synthetic/options.ts';
import { lowerBound, upperBound } from './binomial.ts';
import { designEffect } from './design-effect.ts';

const BLOCKS = 120;

/**
 * Events of a two-state chain: bad ones come in bursts of this mean length, `share` of all are bad. With a mean burst
 * of 1/(1 - share) it is a sequence of independent events.
 */
function simulate(
  random: () => number,
  n: number,
  share: number,
  meanBurst: number,
): { bad: number[]; total: number[] } {
  const leave = 1 / meanBurst;
  const enter = (leave * share) / (1 - share);
  const bad = Array.from({ length: BLOCKS }, () => 0);
  const total = Array.from({ length: BLOCKS }, () => 0);
  let isBad = random() < share;
  for (let i = 0; i < n; i++) {
    const block = Math.floor((i * BLOCKS) / n);
    total[block]!++;
    if (isBad) bad[block]!++;
    isBad = isBad ? random() >= leave : random() < enter;
  }
  return { bad, total };
}

/**
 * Shares of runs in which each bound missed the truth, and in which the upper one would have without the design effect.
 */
function misses(
  n: number,
  share: number,
  meanBurst: number,
  runs: number,
): { upper: number; lower: number; plain: number } {
  const random = seeded(n + runs);
  let [upper, lower, plain] = [0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const { bad, total } = simulate(random, n, share, meanBurst);
    const k = bad.reduce((a, b) => a + b, 0);
    const deff = designEffect(bad, total);
    if (upperBound(k / deff, n / deff, 0.05) < share) upper++;
    if (lowerBound(k / deff, n / deff, 0.05) > share) lower++;
    if (upperBound(k, n, 0.05) < share) plain++;
  }
  return { upper: upper / runs, lower: lower / runs, plain: plain / runs };
}

test('With independent events each bound misses the truth in at most one run of twenty', () => {
  for (const [n, share] of [
    [3000, 0.01],
    [20_000, 0.01],
    [20_000, 0.001],
  ] as const) {
    const missed = misses(n, share, 1 / (1 - share), 1500);
    // 5 % and three standard errors of 1,500 runs.
    expect(missed.upper).toBeLessThanOrEqual(0.067);
    expect(missed.lower).toBeLessThanOrEqual(0.067);
  }
});

test('With bursts of five the bounds nearly keep their promise, and without the design effect they would not', () => {
  const missed = misses(20_000, 0.01, 5, 600);
  expect(missed.plain).toBeGreaterThan(0.2);
  expect(missed.upper).toBeLessThan(0.1);
  expect(missed.lower).toBeLessThan(0.07);
});

test('With bursts of twenty a wrong PASS is at most a third as likely as without the design effect', () => {
  const missed = misses(20_000, 0.01, 20, 600);
  expect(missed.plain).toBeGreaterThan(0.35);
  expect(missed.upper).toBeLessThan(missed.plain / 3);
});

test('The design effect of a burst that fills one block is near the size of the block', () => {
  const total = Array.from({ length: 100 }, () => 50);
  const bad = total.map((n, i) => (i === 7 ? n : 0));
  expect(designEffect(bad, total)).toBeGreaterThan(45);
  expect(designEffect(bad, total)).toBeLessThanOrEqual(51);
});

test('Blocks of unequal size with the same share of bad events are not taken for bursts', () => {
  const total = Array.from({ length: 100 }, (_, i) => 100 * (1 + (i % 5)));
  expect(
    designEffect(
      total.map((n) => n / 100),
      total,
    ),
  ).toBe(1);
});

test('It is never below 1, and 1 when nothing or everything is bad', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 130 }), (blocks) => {
      const total = blocks.map(([a, b]) => a + b);
      expect(
        designEffect(
          blocks.map(([a]) => a),
          total,
        ),
      ).toBeGreaterThanOrEqual(1);
      expect(
        designEffect(
          total.map(() => 0),
          total,
        ),
      ).toBe(1);
      expect(designEffect(total, total)).toBe(1);
    }),
  );
});
