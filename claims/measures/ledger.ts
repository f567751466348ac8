/**
 * The ledger: writes that were acknowledged, refused or left open, against what every region knows at the end
 * (reference/chaos-slo.md section 3.3, RPO-count and RPO-time). A write without a final read proves nothing.
 */
import { z } from 'zod';
import type { Journal } from '../../src/formats/journal-lines.ts';
import { list } from '../../src/formats/words.ts';
import { type JudgedRow, ROLE } from '../row.ts';
import { firstBiteMs } from './fault-instants.ts';
import type { Measure } from './measure.ts';
import { count } from './values.ts';

const schema = z
  .strictObject({
    acknowledged: count,
    refused: count,
    unknown: count.describe('Nobody knows whether they were written.'),
    appeared: count.describe('Those of the unknown that are known somewhere at the end.'),
    unread: z.array(z.string()).describe('Regions that could not be asked.'),
    unreadBecause: z.record(z.string(), z.string()).optional().describe('What they did instead, by region.'),
    wasRead: z.boolean().describe('Whether any region could be asked.'),
    lost: count.nullable().describe('Acknowledged writes that no region that was asked knows; null if none was asked.'),
    divergent: count.describe(
      'Acknowledged writes that one region knows and another does not: the most of any region.',
    ),
    lostBeforeMs: z
      .number()
      .describe('How long before the first bite the oldest of the lost was acknowledged; 0 if none was (RPO-time).'),
    behind: z
      .array(z.strictObject({ region: z.string(), missing: count }))
      .describe('Acknowledged writes that each region does not know.'),
  })
  .nullable()
  .describe('Writes that were looked for at the end; null where the run kept no such ledger.');

export type LedgerFigures = NonNullable<z.output<typeof schema>>;

export const ledger: Measure<LedgerFigures | null> = {
  schema,
  collect({ instants }) {
    const books = new Ledger();
    return { add: (c) => books.add(c), finish: (journal) => books.finish(journal, firstBiteMs(instants)) };
  },
};

/** A status from here to 499 says that nothing was written; from 500 on nobody knows. */
export const REFUSED_FROM = 400;
export const UNKNOWN_FROM = 500;

export class Ledger {
  /** Instant of the acknowledgement, ms since T0, by timetable row. */
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

  /** Null when the run kept no ledger. `t0Ms` is the first bite, since T0. */
  finish(journal: Journal, t0Ms: number | null): LedgerFigures | null {
    const reads = journal.last('final-reads')?.regions;
    if (!reads && this.acknowledged.size + this.unknown.size + this.refused === 0) return null;
    const known = (reads ?? []).flatMap(({ region, rows }) => (rows ? [{ region, rows: new Set(rows) }] : []));
    const because = (reads ?? []).flatMap(({ region, failure }) => (failure ? [[region, failure]] : []));
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
      ...(because.length > 0 ? { unreadBecause: Object.fromEntries(because) as Record<string, string> } : {}),
      wasRead: known.length > 0,
      lost: known.length > 0 ? missing.length : null,
      lostBeforeMs: before.length > 0 ? Math.round(t0Ms! - Math.min(...before)) : 0,
      divergent: Math.max(0, ...behind.map((at) => at.missing - missing.length)),
      behind,
    };
  }
}

/** Which regions did not say what they know, and what they did instead; with a leading blank, '' for none. */
export function unaskedWords(ledger: LedgerFigures | null): string {
  if (ledger === null || ledger.unread.length === 0) return '';
  const { unread, unreadBecause = {} } = ledger;
  const words = unread.map((region) => (unreadBecause[region] ? `${region} (${unreadBecause[region]})` : region));
  return ` ${list(words)} could not be asked.`;
}
