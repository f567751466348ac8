/** Judges synthetic runs that live no longer than the judgement. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeRun } from '../reports/judge/index.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import type { CellVerdict, RunResult } from '../src/formats/run-result.ts';
import { BITE_AFTER_MS, GONE_AFTER_MS, type SyntheticOptions, type SyntheticRun } from './synthetic/options.ts';
import { type Outage, plantOutage } from './synthetic/outage.ts';
import { writeSyntheticRun } from './synthetic/run.ts';

export async function judgeSynthetic(options: SyntheticOptions): Promise<{ run: SyntheticRun; result: RunResult }> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-'));
  try {
    const run = await writeSyntheticRun(dir, options);
    return { run, result: await judgeRun(dir, { judgedAt: '2025-01-01T00:10:00.000Z' }) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Six cities, a baseline of 40 s; the region of four of them is hurt from 42 s to 72 s. */
export const OUTAGE: SyntheticOptions & { fromMs: number; toMs: number } = {
  cities: 6,
  judgedMs: 40_000,
  fromMs: 42_000 + BITE_AFTER_MS,
  toMs: 72_000 + GONE_AFTER_MS,
  experiment: {
    faults: [{ atMs: 0, forMs: 30_000 }],
    limits: { rtoMs: 10_000, failBackMs: 8000, recoveryMs: 8000, badShare: 0.4 },
    settleMs: 10_000,
    recoveryMs: 40_000,
  },
};

/** That outage, and a target whose routing follows it within its limits: what a judge must PASS. */
export const HEALED: Outage = {
  region: 2,
  to: 1,
  face: 'refused',
  fromMs: OUTAGE.fromMs,
  toMs: OUTAGE.toMs,
  follows: Object.fromEntries(
    ['fresh', 'ttl', 'sticky'].map((name) => [name, { awayMs: OUTAGE.fromMs + 4000, backMs: OUTAGE.toMs + 3000 }]),
  ),
};

/** The result of a healed outage, with whatever a test changes about it. */
export const judgeHealed = async (options: SyntheticOptions = {}): Promise<RunResult> =>
  (await judgeSynthetic({ ...OUTAGE, plant: plantOutage(HEALED), ...options })).result;

export const cellOf = (result: RunResult, claim: string, subject: string): CellVerdict =>
  result.cells.find((c) => c.claim === claim && c.subject === subject)!;

/** Changes, or with null takes away, the journal's events of one kind. */
export const inJournal =
  (
    kind: JournalEvent['kind'],
    change: Record<string, unknown> | null,
  ): NonNullable<SyntheticOptions['changeJournal']> =>
  (lines) => {
    for (const line of lines.filter(({ event }) => event.kind === kind)) {
      if (change) Object.assign(line.event, change);
      else lines.splice(lines.indexOf(line), 1);
    }
  };
