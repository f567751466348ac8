import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientPool } from './client-pool.ts';

const pool = (): { take: ClientPool; made: () => number } => {
  let made = 0;
  return { take: new ClientPool(() => made++), made: () => made };
};

describe('ClientPool', () => {
  test('hands out the client that was freed last', () => {
    const { take } = pool();
    expect([take.take(0), take.take(0), take.take(0)]).toEqual([0, 1, 2]);
    take.busyUntil(0, 30);
    take.busyUntil(1, 10);
    take.busyUntil(2, 20);
    expect(take.take(25)).toBe(2);
    expect(take.take(25)).toBe(1);
    expect(take.take(30)).toBe(0);
    expect(take.take(30)).toBe(3);
  });

  test('never hands out a busy client, and makes one only when all are busy', () => {
    const visits = fc.array(fc.tuple(fc.nat(50), fc.nat(200)), { maxLength: 200 });
    fc.assert(
      fc.property(visits, (given) => {
        const { take, made } = pool();
        const busyUntil = new Map<number, number>();
        let now = 0;
        for (const [gap, length] of given) {
          now += gap;
          const free = [...busyUntil].filter(([, until]) => until <= now);
          const before = made();
          const client = take.take(now);
          expect(busyUntil.get(client) ?? 0).toBeLessThanOrEqual(now);
          expect(made() - before).toBe(free.length === 0 ? 1 : 0);
          const latest = free.length > 0 ? Math.max(...free.map(([, until]) => until)) : undefined;
          expect(busyUntil.get(client)).toBe(latest);
          busyUntil.set(client, now + length);
          take.busyUntil(client, now + length);
        }
      }),
    );
  });
});
