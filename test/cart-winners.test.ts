import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CartHistory, winners } from '../claims/measures/carts/winners.ts';
import { type Cart, mergeCarts, writeCart } from '../targets/world/active-active/carts.ts';

// Compares the judge's finding on winners with the world's merge, over random histories of one cart. Here knowledge is
// tracked without vector clocks: every version carries the set of writes that it includes.

const REGIONS = ['ap', 'eu', 'us'];

interface Version {
  cart: Cart;
  writes: ReadonlySet<number>;
}

/**
 * `read` and `write` are by a client of the region; `send` sends the region's version; `arrive` delivers any message in
 * flight, old or new.
 */
const steps = fc.array(
  fc.record({
    act: fc.constantFrom('edit' as const, 'read' as const, 'write' as const, 'send' as const, 'arrive' as const),
    region: fc.nat(2),
    pick: fc.nat(1000),
  }),
  { minLength: 5, maxLength: 60 },
);

/** Plays a history; at its end every region has sent its version and every message has arrived. */
function play(history: { act: string; region: number; pick: number }[], defect: 'wrong-cart-winner' | null) {
  const there: (Version | null)[] = REGIONS.map(() => null);
  const seen: (Version | null)[] = REGIONS.map(() => null);
  const underWay: { to: number; version: Version }[] = [];
  const judged = new CartHistory();
  /** The rows that the writer of each row had read. */
  const knew: ReadonlySet<number>[] = [];
  let atMs = 0;
  const arrive = ({ to, version }: { to: number; version: Version }): void => {
    const mine = there[to];
    there[to] = mine
      ? {
          cart: mergeCarts(mine.cart, version.cart, defect),
          writes: new Set([...mine.writes, ...version.writes]),
        }
      : version;
  };
  const write = (index: number): void => {
    const row = knew.length;
    const region = REGIONS[index]!;
    const known = seen[index]?.cart.clock ?? {};
    const cart = writeCart(there[index]?.cart ?? null, { [row]: 1 }, { region, known, atMs: ++atMs });
    judged.add(row, { key: 1, index, region, number: cart.clock[region]!, ackMs: atMs }, known);
    knew.push(new Set(seen[index]?.writes));
    there[index] = { cart, writes: new Set([...(there[index]?.writes ?? []), row]) };
  };
  const send = (region: number, version: Version | null | undefined): void => {
    for (const to of REGIONS.keys()) if (version && to !== region) underWay.push({ to, version });
  };
  for (const { act, region, pick } of history) {
    if (act === 'read' || act === 'edit') seen[region] = there[region]!;
    if (act === 'write' || act === 'edit') write(region);
    const version = there[region];
    if (act === 'send' || act === 'edit') send(region, version);
    if (act === 'arrive' && underWay.length > 0) arrive(underWay.splice(pick % underWay.length, 1)[0]!);
  }
  for (const [region, version] of [...there].entries()) send(region, version);
  for (const left of underWay) arrive(left);
  const ends = there.map((version) => {
    const won = version ? Number(Object.keys(version.cart.items)[0]) : null;
    const found = [{ key: 1, rows: won === null ? null : [won], clock: version?.cart.clock ?? {} }];
    return { version, won, verdict: winners(found, new Map([[1, judged]])) };
  });
  return { knew, ends };
}

test('a merge by vector clock never has a wrong winner, in whatever order versions arrive', () => {
  fc.assert(
    fc.property(steps, (history) => {
      for (const { version, verdict } of play(history, null).ends)
        if (version) expect(verdict).toMatchObject({ wrong: 0, unjudged: 0 });
    }),
    { numRuns: 500 },
  );
});

test('if the last arrival wins, a winner is called wrong exactly when the losing write was made with knowledge of it', () => {
  let wrong = 0;
  fc.assert(
    fc.property(steps, (history) => {
      const { knew, ends } = play(history, 'wrong-cart-winner');
      for (const { won, verdict } of ends) {
        if (won === null) continue;
        const wasKnown = knew.some((rows) => rows.has(won));
        expect(verdict.ancestors, JSON.stringify(verdict)).toBe(wasKnown ? 1 : 0);
        wrong += verdict.wrong;
      }
    }),
    { numRuns: 500 },
  );
  expect(wrong).toBeGreaterThan(100);
});
