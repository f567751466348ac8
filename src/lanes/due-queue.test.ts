import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueQueue } from './due-queue.ts';

describe('DueQueue', () => {
  it('returns entries in the order of due times, equal ones in the order of arrival', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
        const queue = new DueQueue<[number, number]>();
        dues.forEach((due, order) => queue.push(due, [due, order]));
        const taken = dues.map(() => queue.takeDue(Infinity));
        const expected = dues.map((due, order) => [due, order]).toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
        expect(taken).toEqual(expected);
        expect(queue.size).toBe(0);
      }),
    );
  });

  it('returns nothing before it is due, with entries added in between', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean())), (steps) => {
        const queue = new DueQueue<number>();
        const held: number[] = [];
        steps.forEach(([delay, take], now) => {
          queue.push(now + delay, now + delay);
          held.push(now + delay);
          if (!take) return;
          const due = held.filter((one) => one <= now).length;
          for (let taken = 0; taken < due; taken++) {
            const smallest = Math.min(...held);
            expect(queue.nextDueMs).toBe(smallest);
            expect(queue.takeDue(now)).toBe(smallest);
            held.splice(held.indexOf(smallest), 1);
          }
          expect(queue.takeDue(now)).toBeUndefined();
        });
      }),
    );
  });
});
