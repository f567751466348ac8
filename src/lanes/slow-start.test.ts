import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_WINDOW_BYTES, MAX_WINDOW_BYTES, SlowStart } from './slow-start.ts';

const KB = 1024;

/** Round trips after the first byte until the last byte of a reply leaves (reference/toxiproxy-wan.md A11). */
const formula = (bytes: number) => Math.max(0, Math.ceil(Math.log2(bytes / INITIAL_WINDOW_BYTES + 1)) - 1);

describe('SlowStart', () => {
  it.each([
    [10, 0],
    [14 * KB, 0],
    [100 * KB, 3],
    [1024 * KB, 6],
  ])('sends %d bytes on a cold connection in %d more round trips', (bytes, roundTrips) => {
    const departures = new SlowStart(80).departures(1000, bytes);
    expect(departures.at(-1)!.atMs).toBe(1000 + roundTrips * 80);
    expect(formula(bytes)).toBe(roundTrips);
  });

  it('agrees with the formula for a reply of any size below the receive window', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_WINDOW_BYTES }),
        fc.double({ min: 1, max: 400, noNaN: true }),
        (bytes, rttMs) => {
          const last = new SlowStart(rttMs).departures(0, bytes).at(-1)!.atMs;
          expect(last).toBeCloseTo(formula(bytes) * rttMs, 6);
        },
      ),
    );
  });

  it('sends a large response as slowly after a small one as on a cold connection', () => {
    const sender = new SlowStart(80);
    sender.departures(0, 200);
    expect(sender.departures(100, 100 * KB).at(-1)!.atMs).toBe(100 + 3 * 80);
  });

  it('sends the next large response at once, and starts anew after an idle time', () => {
    const sender = new SlowStart(80);
    sender.departures(0, 100 * KB);
    expect(sender.departures(500, 100 * KB).at(-1)!.atMs).toBe(500);
    expect(sender.departures(500 + 20 * 280, 100 * KB).at(-1)!.atMs).toBe(500 + 20 * 280 + 3 * 80);
  });

  it('halves its window for each idle timeout, not below the initial one', () => {
    const sender = new SlowStart(100);
    sender.departures(0, 1000 * KB);
    sender.departures(2000, 1);
    const before = sender.windowBytes;
    sender.departures(2000 + 650, 1);
    expect(sender.windowBytes).toBe(Math.floor(before / 4));
    sender.departures(60_000, 1);
    expect(sender.windowBytes).toBe(INITIAL_WINDOW_BYTES);
  });

  it('loses no byte, reorders none, and has at most the receive window in flight', () => {
    const writes = fc.array(
      fc.tuple(fc.double({ min: 0, max: 300, noNaN: true }), fc.integer({ min: 1, max: 400_000 })),
    );
    fc.assert(
      fc.property(writes, fc.double({ min: 0.1, max: 300, noNaN: true }), (gaps, rttMs) => {
        const sender = new SlowStart(rttMs);
        const sent: { atMs: number; bytes: number }[] = [];
        let nowMs = 0;
        for (const [gapMs, bytes] of gaps) {
          nowMs += gapMs;
          const departures = sender.departures(nowMs, bytes);
          expect(departures.reduce((sum, one) => sum + one.bytes, 0)).toBe(bytes);
          for (const departure of departures) {
            expect(departure.atMs).toBeGreaterThanOrEqual(Math.max(nowMs, sent.at(-1)?.atMs ?? 0));
            sent.push(departure);
          }
        }
        for (const { atMs } of sent) {
          const inFlight = sent.filter((one) => one.atMs <= atMs && one.atMs + rttMs > atMs);
          expect(inFlight.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(MAX_WINDOW_BYTES);
        }
      }),
    );
  });
});
