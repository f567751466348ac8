import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyRow, LONG_VERSION, packRow, ROW_STATE, ROW_WORDS, unpackRow } from '../../../src/formats/recording.ts';
import { Versions } from './versions.ts';

const said = (row: number, recordVersion: number) => ({
  ...emptyRow(),
  row,
  recordVersion,
  state: ROW_STATE.versioned | ROW_STATE.heldBack,
  step: 3,
});

test('versions keep their order, however long they are', () => {
  const version = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 40n }),
    fc.bigInt({ min: 1764000000000000000n, max: 1764000000000000000n + 2n ** 45n }),
  );
  fc.assert(
    fc.property(fc.array(version, { minLength: 2, maxLength: 8 }), (all) => {
      const versions = new Versions();
      const numbers = all.map((v, row) => {
        if (v < BigInt(LONG_VERSION)) return versions.of(said(row, Number(v)))!;
        versions.note({ kind: 'version', row, step: 3, attempt: 0, digits: String(v) });
        return versions.of(said(row, LONG_VERSION))!;
      });
      for (const [i, a] of all.entries())
        for (const [j, b] of all.entries()) {
          const order = a < b ? -1 : a > b ? 1 : 0;
          expect(Math.sign(numbers[i]! - numbers[j]!)).toBe(order);
        }
    }),
  );
});

test('0 and no version differ; older recordings had no 0', () => {
  const versions = new Versions();
  expect(versions.of(said(1, 0))).toBe(0);
  expect(versions.of({ ...emptyRow(), recordVersion: 0 })).toBeNull();
  expect(versions.of({ ...emptyRow(), recordVersion: 7 })).toBe(7);
  expect(versions.of(said(1, LONG_VERSION)), 'whose digits are missing').toBeNull();
});

test('all flags of a row and its step survive a recording', () => {
  const words = new Uint32Array(ROW_WORDS);
  const row = { ...said(1, 5), state: 0x1ff, step: 255, apiVersion: 255 };
  packRow(words, 0, row);
  expect(unpackRow(words, 0, emptyRow())).toEqual(row);
});
