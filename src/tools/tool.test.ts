import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atLeast } from './tool.ts';

const version = fc.array(fc.nat(99), { minLength: 1, maxLength: 4 });

test('a version is at least another exactly when its numbers, padded with zeros, do not come before it', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const weight = (numbers: number[]) => [0, 1, 2, 3].reduce((sum, i) => sum * 100 + (numbers[i] ?? 0), 0);
      expect(atLeast(a.join('.'), b.join('.'))).toBe(weight(a) >= weight(b));
    }),
  );
});
