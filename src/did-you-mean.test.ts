import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance, meantAdvice, nearestNames } from './did-you-mean.ts';

describe('the edit distance', () => {
  test('counts a swap of neighbours as one edit', () => {
    expect(editDistance('tokoy', 'tokyo')).toBe(1);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  test('is symmetric, zero only for the same text, and at most the longer length', () => {
    const words = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(words, words, (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});

test('a near name is offered, a far one is not', () => {
  const names = ['share', 'access', 'measuredRttMs'];
  expect(didYouMean('shares', names)).toBe('share');
  expect(didYouMean('ACCES', names)).toBe('access');
  expect(didYouMean('colour', names)).toBeUndefined();
  expect(meantAdvice('colour', names)).toBe('Use one of them.');
  expect(nearestNames('acess', names, 2)).toEqual(['access', 'share']);
});
