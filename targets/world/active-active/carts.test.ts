import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Cart, compareClocks, mergeCarts, writeCart } from './carts.ts';

const cart = (clock: Record<string, number>, atMs: number, region: string): Cart => ({
  items: { [`${region}-${atMs}`]: 1 },
  clock,
  atMs,
  region,
});
const REGIONS = ['ap', 'eu', 'us'];

describe('two versions of a cart', () => {
  it('are ordered if one was written with knowledge of the other', () => {
    expect(compareClocks({ us: 1 }, { us: 1, eu: 1 })).toBe('before');
    expect(compareClocks({ us: 2 }, { us: 1 })).toBe('after');
    expect(compareClocks({ us: 1, eu: 0 }, { us: 1 })).toBe('same');
    expect(compareClocks({ us: 2, eu: 1 }, { us: 1, eu: 2 })).toBe('concurrent');
  });

  it('merge to the causally later one, whatever their timestamps', () => {
    const ancestor = cart({ us: 1 }, 9_000, 'us');
    const write = writeCart(ancestor, { pen: 1 }, { region: 'eu', known: { us: 1 }, atMs: 10 });
    expect(write.items).toEqual({ pen: 1 });
    expect(mergeCarts(ancestor, write).items).toEqual({ pen: 1 });
    expect(mergeCarts(write, ancestor).items).toEqual({ pen: 1 });
    expect(mergeCarts(write, ancestor, 'wrong-cart-winner').items).toEqual(ancestor.items);
  });

  it('merge to the one written last if they are concurrent, then to the one from the later region', () => {
    const [early, late] = [cart({ us: 1 }, 10, 'us'), cart({ eu: 1 }, 20, 'eu')];
    expect(mergeCarts(early, late)).toEqual({ ...late, clock: { us: 1, eu: 1 } });
    expect(mergeCarts(cart({ us: 1 }, 10, 'us'), cart({ eu: 1 }, 10, 'eu')).region).toBe('us');
  });

  it('merge to the same version in either order', () => {
    const version = fc.record({
      clock: fc.record(Object.fromEntries(REGIONS.map((region) => [region, fc.nat(3)]))),
      atMs: fc.nat(3),
      region: fc.constantFrom(...REGIONS),
    });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const [x, y] = [cart(a.clock, a.atMs, a.region), cart(b.clock, b.atMs, b.region)];
        fc.pre(compareClocks(x.clock, y.clock) !== 'same'); // equal clocks mean the same version
        expect(mergeCarts(x, y)).toEqual(mergeCarts(y, x));
      }),
    );
  });
});
