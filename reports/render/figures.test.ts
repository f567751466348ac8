import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interval, quantileName } from './figures.ts';
import { count, duration, ms, percent, percentFigure } from '../../src/formats/words.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('figures in reports', () => {
  it.each([
    [0, '0'],
    [1, '100'],
    [0.0012, '0.12'],
    [0.5, '50'],
    [0.9997, '99.97'],
    [0.999, '99.9'],
    [0.99, '99'],
    [0.000_000_1, '<0.001'],
    [0.999_999_9, '>99.999'],
    [0.05, '5'],
    [null, '–'],
  ])('write the share %s as %s percent', (value, text) => {
    expect(percentFigure(value)).toBe(text);
  });

  it('never write a share that is not whole as 0 or 100 %', () => {
    fc.assert(
      fc.property(share, (value) => {
        if (value > 0 && value < 1) expect(['0', '100']).not.toContain(percentFigure(value));
      }),
    );
  });

  it('write a share within two significant digits of its distance to 0 and 100 %', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.0001, max: 0.9999, noNaN: true }), (value) => {
        const distance = Math.min(value, 1 - value) * 100;
        expect(Math.abs(Number(percentFigure(value)) - value * 100)).toBeLessThanOrEqual(
          Math.max(0.5, 0.0501 * distance),
        );
        if (distance < 10)
          expect(Math.abs(Number(percentFigure(value)) - value * 100)).toBeLessThanOrEqual(0.0501 * distance + 0.0005);
      }),
    );
  });

  it('group thousands, but not decimals', () => {
    expect(count(1_234_567)).toBe('1,234,567');
    expect(count(1234.5678)).toBe('1,234.5678');
    expect(count(12)).toBe('12');
  });

  it('keep a decimal where limits lie, so that 120.4 ms does not read 120', () => {
    expect(ms(120.4)).toBe('120.4 ms');
    expect(ms(120)).toBe('120 ms');
    expect(ms(412.3)).toBe('412 ms');
    expect(ms(12_345)).toBe('12.3 s');
    expect(ms(null)).toBe('–');
  });

  it('name the quantile that a share of bad requests stands for', () => {
    expect(quantileName(0.01)).toBe('p99');
    expect(quantileName(0.001)).toBe('p99.9');
    expect(quantileName(0.05)).toBe('p95');
  });

  it('write durations and intervals', () => {
    expect(duration(190_000)).toBe('3 min 10 s');
    expect(duration(120_000)).toBe('2 min');
    expect(duration(45_000)).toBe('45 s');
    expect(interval({ lowerShare: 0.0005, upperShare: 0.0031 })).toBe('0.05–0.31');
    expect(interval({ lowerShare: null, upperShare: null })).toBe('–');
    expect(percent(0.99)).toBe('99 %');
  });
});
