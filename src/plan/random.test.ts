import { describe, expect, test } from 'vitest';
import { Random } from './random.ts';
import { Weighted, zipfWeights } from './weighted.ts';

const many = (n: number, draw: () => number): number[] => Array.from({ length: n }, draw);
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('Random', () => {
  test('repeats itself for the same seed and purpose, and for no other', () => {
    const draws = (seed: number, purpose: string): number[] => {
      const random = new Random(seed, purpose);
      return many(5, () => random.uniform());
    };
    expect(draws(1, 'a')).toEqual(draws(1, 'a'));
    expect(draws(1, 'a')).not.toEqual(draws(2, 'a'));
    expect(draws(1, 'a')).not.toEqual(draws(1, 'b'));
  });

  test('gives independent streams for neighbouring seeds', () => {
    const pairs = many(2000, () => 0).map((_, seed) => [
      new Random(seed, 'x').uniform(),
      new Random(seed + 1, 'x').uniform(),
    ]);
    const correlation = mean(pairs.map(([a, b]) => (a! - 0.5) * (b! - 0.5))) * 12;
    expect(Math.abs(correlation)).toBeLessThan(0.09);
  });

  test('draws the distributions of its methods', () => {
    const random = new Random(5, 'test');
    const uniform = many(100_000, () => random.uniform());
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    expect(Math.min(...uniform.slice(0, 50_000))).toBeGreaterThan(0);
    const normal = many(100_000, () => random.normal());
    expect(Math.abs(mean(normal))).toBeLessThan(0.013);
    expect(Math.abs(mean(normal.map((x) => x * x)) - 1)).toBeLessThan(0.02);
    const lengths = many(100_000, () => random.geometric(5));
    expect(Math.min(...lengths.slice(0, 50_000))).toBe(1);
    expect(Math.abs(mean(lengths) - 5)).toBeLessThan(0.06);
    expect(Math.abs(mean(lengths.map((n) => (n === 1 ? 1 : 0))) - 0.2)).toBeLessThan(0.006);
    expect(random.geometric(1)).toBe(1);
  });

  test('shuffles without loss, uniformly over all positions', () => {
    const random = new Random(9, 'test');
    const first = many(6000, () => {
      const items = Uint16Array.from([0, 1, 2, 3, 4]);
      random.shuffle(items);
      expect([...items].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
      return items[0]!;
    });
    for (const item of [0, 1, 2, 3, 4]) expect(first.filter((i) => i === item).length / 6000).toBeCloseTo(0.2, 1);
  });
});

describe('Zipf', () => {
  test.each([0, 0.9, 1.1, 2])('with exponent %f draws every rank as often as it should', (exponent) => {
    const zipf = new Weighted(zipfWeights(50, exponent));
    const random = new Random(4, 'zipf');
    const counts = many(50, () => 0);
    const draws = 200_000;
    for (let i = 0; i < draws; i += 1) counts[zipf.draw(random)]! += 1;
    const total = many(50, () => 0).reduce((sum, _, rank) => sum + (rank + 1) ** -exponent, 0);
    let chi = 0;
    for (const [rank, count] of counts.entries()) {
      const expected = (draws * (rank + 1) ** -exponent) / total;
      chi += (count - expected) ** 2 / expected;
    }
    // 99.99 % of chi-squared with 49 degrees of freedom.
    expect(chi).toBeLessThan(98);
  });

  test('with one rank always draws it', () => {
    expect(new Weighted(zipfWeights(1, 1)).draw(new Random(1, 'one'))).toBe(0);
  });
});
