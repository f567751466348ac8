/** Judges synthetic runs that live no longer than the judgement. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeRun } from '../reports/judge/index.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import { ERRORS, NO_REGION, type RecordedRow, ROW_STATE } from '../src/formats/recording.ts';
import type { CellVerdict, RunResult, ShareVerdict, ValidityCheck } from '../reports/run-result.ts';
import { BITE_AFTER_MS, GONE_AFTER_MS, type SyntheticOptions, type SyntheticRun } from './synthetic/options.ts';
import { type Outage, plantOutage } from './synthetic/outage.ts';
import { writeSyntheticRun } from './synthetic/run.ts';

export const JUDGED_AT = '2025-01-01T00:10:00.000Z';

/** Writes a run, lets `meddle` at its files, judges it and throws it away. */
export async function judgeSynthetic(
  options: SyntheticOptions,
  meddle: (run: SyntheticRun) => Promise<void> = async () => {},
): Promise<{ run: SyntheticRun; result: RunResult }> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-'));
  try {
    const run = await writeSyntheticRun(dir, options);
    await meddle(run);
    return { run, result: await judgeRun(dir, { judgedAt: JUDGED_AT }) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A short run; enough where the verdict does not hang on evidence. */
export const SHORT: SyntheticOptions = { judgedMs: 8000, cities: 6 };

/** What a client records of a request that failed, or that was refused in no time. */
export const FAILED = {
  status: 500,
  error: ERRORS.indexOf('http-5xx'),
  state: ROW_STATE.bad,
} satisfies Partial<RecordedRow>;
export const REFUSED = {
  status: 0,
  error: ERRORS.indexOf('refused'),
  state: ROW_STATE.bad,
  servedRegion: NO_REGION,
  totalUs: 100,
  waitingUs: 0,
  serverUs: 0,
} satisfies Partial<RecordedRow>;

/** The result of a run without an experiment, with whatever a test changes about it or its files. */
export const judge = async (
  options: SyntheticOptions = {},
  meddle?: (run: SyntheticRun) => Promise<void>,
): Promise<RunResult> => (await judgeSynthetic(options, meddle)).result;

/** Six cities, a baseline of 40 s; the region of four of them is hurt from 42 s to 72 s. */
export const OUTAGE: SyntheticOptions & { fromMs: number; toMs: number } = {
  cities: 6,
  judgedMs: 40_000,
  fromMs: 42_000 + BITE_AFTER_MS,
  toMs: 72_000 + GONE_AFTER_MS,
  experiment: {
    faults: [{ atMs: 0, forMs: 30_000 }],
    limits: { rtoSeconds: 10, failBackSeconds: 8, recoverySeconds: 8, badShare: 0.4 },
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

/** The same of a cell whose evidence is a share. */
export const shareOf = (result: RunResult, claim: string, subject: string): ShareVerdict =>
  cellOf(result, claim, subject) as ShareVerdict;

export const checkOf = (result: RunResult, id: ValidityCheck['id']): ValidityCheck =>
  result.validity.find((v) => v.id === id)!;

/** The checks that make a run INVALID; what else it says where it is not, or does not say so in every place. */
export function invalidBy(result: RunResult): string[] {
  const ids = result.validity.filter((v) => !v.ok).map((v) => v.id);
  const said =
    result.verdict === 'INVALID' && result.exitCode === 4 && result.next !== '' && result.why.includes(ids[0]!);
  return said ? ids : [`${result.verdict}, exit ${result.exitCode}: ${result.why} ${result.next}`];
}

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
