/**
 * Carts: data that every region writes. Which write knew of which is what their clients saw (beside its row an edit
 * says the clock it had seen and the one it was given); who won is what every region shows at the end (winners.ts);
 * when the regions agreed again is what clients were shown (convergence.ts). Nothing here is the target's own word but
 * the clocks in its answers.
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

/** One timetable row of the role: a read, and the write that came of it; null where none is recorded. */
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
  /** From the first t0 to the last t1, since T0; null unless every fault came and went. */
  private readonly fault: { fromMs: number; toMs: number } | null;
  private readonly edits = new Map<number, Edit>();
  /** What reads were shown, and what writes knew and made, by timetable row. */
  private readonly shown = new Map<number, VectorClock>();
  private readonly said = new Map<number, { known: VectorClock; clock: VectorClock }>();
  private ignored = 0;

  constructor(plan: RunPlan, faults: FaultInstants[]) {
    this.plan = plan;
    const bites = faults.flatMap(({ t0Ms }) => (t0Ms === null ? [] : [t0Ms]));
    const heals = faults.flatMap(({ t1Ms }) => (t1Ms === null ? [] : [t1Ms]));
    const whole = bites.length > 0 && heals.length === faults.length;
    this.fault = whole ? { fromMs: Math.min(...bites), toMs: Math.max(...heals) } : null;
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

  /** Takes a note if it is about carts; one that cannot be read, or says a thing again, is counted. */
  note(event: unknown): void {
    const { kind, name, row, said } = (event ?? {}) as Record<string, unknown>;
    if (kind !== 'note' || (name !== 'cart-read' && name !== 'cart-written')) return;
    const { known, clock } = (said ?? {}) as Record<string, unknown>;
    const [had, has] = [asVectorClock(known), asVectorClock(clock)];
    const to = name === 'cart-read' ? this.shown : this.said;
    if (typeof row !== 'number' || !has || to.has(row)) this.ignored += 1;
    else if (name === 'cart-read') this.shown.set(row, has);
    else if (had) this.said.set(row, { known: had, clock: has });
    else this.ignored += 1;
  }

  /** Null when the run edited no cart. */
  finish(journal: Journal): CartFigures | null {
    const final = journal.last('final-carts');
    if (this.edits.size === 0 && !final) return null;
    const { fault, plan } = this;
    const histories = this.histories();
    const during = [...histories.values()].flatMap((cart) => [...cart.clear.values()]).filter(this.isDuring);
    const reads = this.reads();
    const wrote = (what: Edit['wrote']): number => [...this.edits.values()].filter((e) => e.wrote === what).length;
    const strays = [...this.shown.keys(), ...this.said.keys()].filter((row) => !this.edits.has(row)).length;
    const asked = plan.regions.map(({ id }) => final?.regions.find(({ region }) => region === id)?.carts ?? null);
    return {
      acknowledged: wrote('acknowledged'),
      refused: wrote('refused'),
      unknown: wrote('unknown'),
      unclear: [...histories.values()].reduce((sum, { unclear }) => sum + unclear.size, 0),
      ignored: this.ignored + strays,
      during: during.length,
      differing: differing(asked),
      readAfterMs: fault && final && final.ms !== null ? Math.round(final.ms - fault.toMs) : null,
      regions: plan.regions.map(({ id }, region) => ({
        region: id,
        wasRead: asked[region] !== null,
        ...because(final?.regions.find((one) => one.region === id)?.failure),
        ...winners(asked[region]!, histories),
        ...shownAfter(region, fault?.toMs ?? null, during, reads),
      })),
    };
  }

  private readonly isDuring = ({ ackMs }: { ackMs: number }): boolean =>
    this.fault !== null && ackMs >= this.fault.fromMs && ackMs <= this.fault.toMs;

  /** What was written of each cart. */
  private histories(): Map<number, CartHistory> {
    const histories = new Map<number, CartHistory>();
    for (const [row, { key, region: index, wrote, ackMs }] of this.edits) {
      if (wrote === 'refused') continue;
      const cart = histories.get(key) ?? new CartHistory();
      histories.set(key, cart);
      if (wrote !== 'acknowledged') {
        // Also one that was about to be written when the recording ended: it may have been.
        cart.unknown.add(row);
        continue;
      }
      const region = this.plan.regions[index]!.id;
      const said = this.said.get(row);
      const number = said?.clock[region] ?? 0;
      if (said && number > (said.known[region] ?? 0)) cart.add(row, { key, index, region, number, ackMs }, said.known);
      else cart.unclear.add(row);
    }
    return histories;
  }

  private reads(): CartRead[] {
    return [...this.edits].flatMap(([row, { key, region, readBeganMs, readEndMs }]) => {
      const clock = this.shown.get(row);
      return clock ? [{ key, index: region, beganMs: readBeganMs, endMs: readEndMs, clock }] : [];
    });
  }
}

const because = (failure: string | undefined): Pick<CartFigures['regions'][number], 'unreadBecause'> =>
  failure === undefined ? {} : { unreadBecause: failure };
