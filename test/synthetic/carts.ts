/**
 * Carts of a synthetic run: three regions exchange versions, with a merge that can be made wrong, so that the winners
 * and the time of convergence are known. A simple merge of its own: versions are sets of the rows that they include.
 */
import type { FinalCart, JournalEvent } from '../../src/formats/journal.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import { type RareEvent, type RecordedRow, ROW_STATE } from '../../src/formats/recording.ts';
import { TIMETABLE_ROW_WORDS } from '../../src/formats/timetable.ts';

export interface SyntheticCarts {
  /**
   * Regions partitioned from each other from the start of the first fault until this long after the end of the last,
   * ms.
   */
  apart?: { regions: number[]; afterHealMs: number };
  /** The last arrival wins, even if it is older. */
  lastArrivalWins?: boolean;
  /** Changes the notes of the clients, or the final carts of the regions. */
  changeEvents?: (events: RareEvent[]) => RareEvent[];
  changeFinal?: (regions: { region: string; carts: FinalCart[] | null }[]) => void;
}

/** Keys: two are edited until the end, four until the last fault ends. */
const FIRST_KEY = 200_000;
const BUSY = 2;
const ALL = 6;
const TRAVEL_MS = 80;

/** The cart of edit number `turn` of a region, due at `dueMs`. */
export function cartOf({ experiment }: RunPlan, dueMs: number, turn: number): number {
  const endMs = Math.max(0, ...(experiment?.faults ?? []).map(({ toMs }) => toMs));
  return FIRST_KEY + (turn % (dueMs < endMs ? ALL : BUSY));
}

interface Version {
  /** The row that won, and when it was written. */
  row: number;
  atMs: number;
  knows: ReadonlySet<number>;
}

/** The clients' notes on their edits, and the final carts of every region. */
export function playCarts(
  plan: RunPlan,
  rows: RecordedRow[],
  timetable: Uint32Array,
  { apart, lastArrivalWins = false, changeEvents = (events) => events, changeFinal }: SyntheticCarts,
): { events: RareEvent[]; final: { ms: number; event: JournalEvent } } {
  const keyOf = (row: number): number => timetable[row * TIMETABLE_ROW_WORDS + 2]!;
  const faults = plan.experiment?.faults ?? [];
  const [cutMs, joinMs] = [
    Math.min(...faults.map(({ fromMs }) => fromMs)),
    Math.max(...faults.map(({ toMs }) => toMs)) + (apart?.afterHealMs ?? 0),
  ];
  const carts = plan.regions.map(() => new Map<number, Version>());
  const numbers = new Map<number, { region: string; number: number }>();
  const counts = new Map<string, number>();
  const seen = new Map<number, Version | undefined>();
  const events: RareEvent[] = [];
  const clock = (knows: Iterable<number>): Record<string, number> => {
    const made: Record<string, number> = {};
    for (const row of knows) {
      const { region, number } = numbers.get(row)!;
      made[region] = Math.max(made[region] ?? 0, number);
    }
    return made;
  };
  const put = (region: number, key: number, arriving: Version): Version => {
    const there = carts[region]!.get(key);
    const knows = new Set([...(there?.knows ?? []), ...arriving.knows]);
    const stays = there && !lastArrivalWins && there.atMs > arriving.atMs;
    const version = { ...(stays ? there : arriving), knows };
    carts[region]!.set(key, version);
    return version;
  };

  const queue: { atMs: number; act: () => void }[] = [];
  for (const r of rows) {
    const operation = plan.operations[timetable[r.row * TIMETABLE_ROW_WORDS + 1]! & 0xffff]!;
    if (operation.name !== 'cart-edit' || (r.state & ROW_STATE.bad) !== 0 || r.status === 0) continue;
    const [region, key] = [r.requestedRegion, keyOf(r.row)];
    const { id } = plan.regions[region]!;
    const atMs = r.startMs + r.totalUs / 2000;
    if (r.step === 0) {
      const read = (): void => {
        seen.set(r.row, carts[region]!.get(key));
        events.push({
          kind: 'note',
          name: 'cart-read',
          row: r.row,
          said: { clock: clock(seen.get(r.row)?.knows ?? []) },
        });
      };
      queue.push({ atMs, act: read });
      continue;
    }
    const write = (): void => {
      const number = (counts.get(`${id} ${key}`) ?? 0) + 1;
      counts.set(`${id} ${key}`, number);
      numbers.set(r.row, { region: id, number });
      const known = seen.get(r.row)?.knows ?? new Set();
      const version = put(region, key, { row: r.row, atMs, knows: new Set([...known, r.row]) });
      events.push({
        kind: 'note',
        name: 'cart-written',
        row: r.row,
        said: { known: clock(known), clock: clock(version.knows) },
      });
      for (const to of carts.keys()) {
        if (to === region) continue;
        const held = apart && apart.regions.includes(region) && apart.regions.includes(to) && atMs > cutMs;
        const arrivesMs = (held ? Math.max(atMs, joinMs) : atMs) + TRAVEL_MS;
        queue.push({ atMs: arrivesMs, act: () => void put(to, key, version) });
      }
    };
    queue.push({ atMs, act: write });
  }
  while (queue.length > 0) {
    queue.sort((a, b) => b.atMs - a.atMs);
    queue.pop()!.act();
  }
  const keys = [...new Set(carts.flatMap((its) => [...its.keys()]))].toSorted((a, b) => a - b);
  const regions = plan.regions.map(({ id }, region) => ({
    region: id,
    carts: keys.map((key): FinalCart => {
      const cart = carts[region]!.get(key);
      return { key, rows: cart ? [cart.row] : null, clock: clock(cart?.knows ?? []) };
    }) as FinalCart[] | null,
  }));
  changeFinal?.(regions);
  return {
    events: changeEvents(events),
    final: { ms: plan.durationMs + 350, event: { kind: 'final-carts', regions } },
  };
}
