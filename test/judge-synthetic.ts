/** Judges temporary synthetic runs. */
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

/** Writes a run, lets `changeFiles` change its files, judges it and removes it. */
export async function judgeSynthetic(
  options: SyntheticOptions,
  changeFiles: (run: SyntheticRun) => Promise<void> = async () => {},
): Promise<{ run: SyntheticRun; result: RunResult }> {
  const dir = await mkdtemp(join(tmpdir(), 'antipode-judge-'));
  try {
    const run = await writeSyntheticRun(dir, options);
    await changeFiles(run);
    return { run, result: await judgeRun(dir, { judgedAt: JUDGED_AT }) };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A short run, for tests that need no decided verdict. */
export const SHORT: SyntheticOptions = { judgedMs: 8000, cities: 6 };

/** The row of a failed request, or of a refused connection. */
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

/** The result of a run without an experiment; a test can change its options and files. */
export const judge = async (
  options: SyntheticOptions = {},
  changeFiles?: (run: SyntheticRun) => Promise<void>,
): Promise<RunResult> => (await judgeSynthetic(options, changeFiles)).result;

/** Six cities, a baseline of 40 s; the home region of four of them has an outage from 42 s to 72 s. */
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

/** The same outage, with a target whose routing fails over within its limits: must PASS. */
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

/** The result of a healed outage; a test can change it. */
export const judgeHealed = async (options: SyntheticOptions = {}): Promise<RunResult> =>
  (await judgeSynthetic({ ...OUTAGE, plant: plantOutage(HEALED), ...options })).result;

export const cellOf = (result: RunResult, claim: string, subject: string): CellVerdict =>
  result.cells.find((c) => c.claim === claim && c.subject === subject)!;

/** The same for a cell whose evidence is a share. */
export const shareOf = (result: RunResult, claim: string, subject: string): ShareVerdict =>
  cellOf(result, claim, subject) as ShareVerdict;

export const checkOf = (result: RunResult, id: ValidityCheck['id']): ValidityCheck =>
  result.validity.find((v) => v.id === id)!;

/** The failed checks that make a run INVALID; checks that verdict and validity agree in every place. */
export function invalidBy(result: RunResult): string[] {
  const ids = result.validity.filter((v) => !v.ok).map((v) => v.id);
  const said =
    result.verdict === 'INVALID' && result.exitCode === 4 && result.next !== '' && result.why.includes(ids[0]!);
  return said ? ids : [`${result.verdict}, exit ${result.exitCode}: ${result.why} ${result.next}`];
}

/** Changes the journal's events of one kind, or removes them with null. */
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
