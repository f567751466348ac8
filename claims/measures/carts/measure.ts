/**
 * Carts: data that every region writes. Causality comes from the clients: next to its row, an edit records the vector
 * clock it had read and the one its write got. Winners are what every region shows after the run (winners.ts),
 * convergence is what clients read (convergence.ts). Of the target only the clocks in its responses are trusted.
 */
import type { Journal } from '../../../src/formats/journal-lines.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import { asVectorClock, type VectorClock } from '../../../src/formats/vector-clock.ts';
import { type JudgedRow, ROLE } from '../../row.ts';
import type { FaultInstants } from '../fault-instants.ts';
import { REFUSED_FROM, UNKNOWN_FROM } from '../ledger/measure.ts';
import type { Measure } from '../measure.ts';
import { type CartRead, shownAfter } from './convergence.ts';
import { type CartFigures, cartsSchema } from './schema.ts';
import { cartsSection } from './section.ts';
import { CartHistory, differing, winners } from './winners.ts';
import { cartLines } from './words.ts';

export const carts: Measure<CartFigures | null> = {
  schema: cartsSchema,
  collect({ plan, instants }) {
    const all = new Carts(plan, instants);
    return { add: (c) => all.add(c), note: (event) => all.note(event), finish: (journal) => all.finish(journal) };
  },
  lines: cartLines,
  section: cartsSection,
};

/** One timetable row of the role: a read and the write that followed; null where none is recorded. */
interface Edit {
  key: number;
  /** Index of the region it was made in. */
  region: number;
  readBeganMs: number;
  readEndMs: number;
  wrote: 'acknowledged' | 'refused' | 'unknown' | null;
  ackMs: number;
}

class Carts {
  private readonly plan: RunPlan;
  /** From the first t0 to the last t1, since T0; null unless every fault took effect and cleared. */
  private readonly fault: { fromMs: number; toMs: number } | null;
  private readonly edits = new Map<number, Edit>();
  /** By timetable row: the clock that a read returned; the clock that a write had read and the one it got. */
  private readonly reads = new Map<number, VectorClock>();
  private readonly writes = new Map<number, { known: VectorClock; clock: VectorClock }>();
  private ignored = 0;

  constructor(plan: RunPlan, faults: FaultInstants[]) {
    this.plan = plan;
    const t0s = faults.flatMap(({ t0Ms }) => (t0Ms === null ? [] : [t0Ms]));
    const t1s = faults.flatMap(({ t1Ms }) => (t1Ms === null ? [] : [t1Ms]));
    const isComplete = t0s.length > 0 && t1s.length === faults.length;
    this.fault = isComplete ? { fromMs: Math.min(...t0s), toMs: Math.max(...t1s) } : null;
  }

  add(c: JudgedRow): void {
    if (c.role !== ROLE.cart) return;
    const { row, status, startMs, resolveUs, totalUs } = c.row;
    const endMs = startMs + (resolveUs + totalUs) / 1000;
    if (c.first) {
      if (c.interrupted || this.edits.has(row)) return;
      const { key, home: region } = c;
      this.edits.set(row, { key, region, readBeganMs: startMs, readEndMs: endMs, wrote: null, ackMs: 0 });
      return;
    }
    const edit = this.edits.get(row);
    if (!edit) return;
    const refused = status >= REFUSED_FROM && status < UNKNOWN_FROM;
    edit.wrote = c.interrupted ? 'unknown' : !c.bad ? 'acknowledged' : refused ? 'refused' : 'unknown';
    edit.ackMs = endMs;
  }

  /** Takes notes about carts. Malformed and repeated ones are counted. */
  note(event: unknown): void {
    const { kind, name, row, said } = (event ?? {}) as Record<string, unknown>;
    if (kind !== 'note' || (name !== 'cart-read' && name !== 'cart-written')) return;
    const { known, clock } = (said ?? {}) as Record<string, unknown>;
    const [had, has] = [asVectorClock(known), asVectorClock(clock)];
    const to = name === 'cart-read' ? this.reads : this.writes;
    if (typeof row !== 'number' || !has || to.has(row)) this.ignored += 1;
    else if (name === 'cart-read') this.reads.set(row, has);
    else if (had) this.writes.set(row, { known: had, clock: has });
    else this.ignored += 1;
  }

  /** Null if the run edited no cart. */
  finish(journal: Journal): CartFigures | null {
    const final = journal.last('final-carts');
    if (this.edits.size === 0 && !final) return null;
    const { fault, plan } = this;
    const histories = this.histories();
    const during = [...histories.values()].flatMap((cart) => [...cart.clear.values()]).filter(this.isDuring);
    const reads = this.cartReads();
    const wrote = (what: Edit['wrote']): number => [...this.edits.values()].filter((e) => e.wrote === what).length;
    const strays = [...this.reads.keys(), ...this.writes.keys()].filter((row) => !this.edits.has(row)).length;
    const found = plan.regions.map(({ id }) => final?.regions.find(({ region }) => region === id)?.carts ?? null);
    return {
      acknowledged: wrote('acknowledged'),
      refused: wrote('refused'),
      unknown: wrote('unknown'),
      unclear: [...histories.values()].reduce((sum, { unclear }) => sum + unclear.size, 0),
      ignored: this.ignored + strays,
      during: during.length,
      differing: differing(found),
      readAfterMs: fault && final && final.ms !== null ? Math.round(final.ms - fault.toMs) : null,
      regions: plan.regions.map(({ id }, region) => ({
        region: id,
        wasRead: found[region] !== null,
        ...readFailure(final?.regions.find((one) => one.region === id)?.failure),
        ...winners(found[region]!, histories),
        ...shownAfter(region, fault?.toMs ?? null, during, reads),
      })),
    };
  }

  private readonly isDuring = ({ ackMs }: { ackMs: number }): boolean =>
    this.fault !== null && ackMs >= this.fault.fromMs && ackMs <= this.fault.toMs;

  /** The writes of each cart. */
  private histories(): Map<number, CartHistory> {
    const histories = new Map<number, CartHistory>();
    for (const [row, { key, region: index, wrote, ackMs }] of this.edits) {
      if (wrote === 'refused') continue;
      const cart = histories.get(key) ?? new CartHistory();
      histories.set(key, cart);
      if (wrote !== 'acknowledged') {
        // Includes a write in flight when the recording ended: it may have been made.
        cart.unknown.add(row);
        continue;
      }
      const region = this.plan.regions[index]!.id;
      const clocks = this.writes.get(row);
      const number = clocks?.clock[region] ?? 0;
      if (clocks && number > (clocks.known[region] ?? 0))
        cart.add(row, { key, index, region, number, ackMs }, clocks.known);
      else cart.unclear.add(row);
    }
    return histories;
  }

  private cartReads(): CartRead[] {
    return [...this.edits].flatMap(([row, { key, region, readBeganMs, readEndMs }]) => {
      const clock = this.reads.get(row);
      return clock ? [{ key, index: region, beganMs: readBeganMs, endMs: readEndMs, clock }] : [];
    });
  }
}

const readFailure = (failure: string | undefined): Pick<CartFigures['regions'][number], 'readFailure'> =>
  failure === undefined ? {} : { readFailure: failure };
