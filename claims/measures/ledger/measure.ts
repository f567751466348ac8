/**
 * The ledger: acknowledged, refused and unknown writes, compared with the writes that each region has after the run
 * (reference/chaos-slo.md section 3.3, RPO-count and RPO-time).
 */
import type { Journal } from '../../../src/formats/journal-lines.ts';
import { type JudgedRow, ROLE } from '../../row.ts';
import { firstT0Ms } from '../fault-instants.ts';
import type { Measure } from '../measure.ts';
import { type LedgerFigures, ledgerSchema } from './schema.ts';
import { ledgerSection } from './section.ts';
import { ledgerLines } from './words.ts';

export const ledger: Measure<LedgerFigures | null> = {
  schema: ledgerSchema,
  collect({ instants }) {
    const all = new Ledger();
    return { add: (c) => all.add(c), finish: (journal) => all.finish(journal, firstT0Ms(instants)) };
  },
  lines: ledgerLines,
  section: ledgerSection,
};

/** 4xx: refused, nothing was written. Any other failure, no response included: unknown. */
export const REFUSED_FROM = 400;
export const UNKNOWN_FROM = 500;

export class Ledger {
  /** Time of the acknowledgement, ms since T0, by timetable row. */
  private readonly acknowledged = new Map<number, number>();
  private readonly unknown = new Set<number>();
  private refused = 0;

  add(c: JudgedRow): void {
    if (c.role !== ROLE.ledger || c.interrupted) return;
    const { row, status, startMs, resolveUs, totalUs } = c.row;
    if (!c.bad) this.acknowledged.set(row, startMs + (resolveUs + totalUs) / 1000);
    else if (status >= REFUSED_FROM && status < UNKNOWN_FROM) this.refused += 1;
    else this.unknown.add(row);
  }

  /** Null if the run has no ledger. `t0Ms` is the first t0 of all faults, since T0. */
  finish(journal: Journal, t0Ms: number | null): LedgerFigures | null {
    const reads = journal.last('final-reads')?.regions;
    if (!reads && this.acknowledged.size + this.unknown.size + this.refused === 0) return null;
    const known = (reads ?? []).flatMap(({ region, rows }) => (rows ? [{ region, rows: new Set(rows) }] : []));
    const failures = (reads ?? []).flatMap(({ region, failure }) => (failure ? [[region, failure]] : []));
    const missing = [...this.acknowledged].filter(([row]) => !known.some(({ rows }) => rows.has(row)));
    const before = missing.map(([, ackMs]) => ackMs).filter((ackMs) => t0Ms !== null && ackMs <= t0Ms);
    const behind = known.map(({ region, rows }) => ({
      region,
      missing: [...this.acknowledged.keys()].filter((row) => !rows.has(row)).length,
    }));
    return {
      acknowledged: this.acknowledged.size,
      refused: this.refused,
      unknown: this.unknown.size,
      appeared: [...this.unknown].filter((row) => known.some(({ rows }) => rows.has(row))).length,
      unread: (reads ?? []).filter(({ rows }) => rows === null).map(({ region }) => region),
      ...(failures.length > 0 ? { readFailures: Object.fromEntries(failures) as Record<string, string> } : {}),
      wasRead: known.length > 0,
      lost: known.length > 0 ? missing.length : null,
      lostBeforeMs: before.length > 0 ? Math.round(t0Ms! - Math.min(...before)) : 0,
      divergent: Math.max(0, ...behind.map((at) => at.missing - missing.length)),
      behind,
    };
  }
}
