/** The judge: from a sealed run directory to a RunResult. It never writes, and the same files give the same result. */
import { usageError } from '../../src/errors.ts';
import type { Journal } from '../../src/formats/journal-lines.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { isSealed, verifySeal } from '../seal.ts';
import { journalInWords } from './figures/journal-words.ts';
import { nameAnswers } from './figures/names.ts';
import { countRows } from './passes.ts';
import { readRunFiles } from './rows/run-files.ts';
import type { LagFigures } from './validity/lag.ts';
import { cpuShare, slowMachine, stealShare, validityChecks } from './validity/validity.ts';
import { concludeRun, untested } from './verdict/conclude.ts';
import { withoutUntested } from './verdict/experiment-outcome.ts';
import { findingCells } from './verdict/findings.ts';
import { requestCells } from './verdict/requests.ts';

export interface JudgeOptions {
  /** ISO instant that the result carries. */
  judgedAt: string;
  /** Judges files without a seal; the seal check still fails. */
  allowUnsealed?: boolean;
}

/**
 * Judges the run in `dir`. A seal that does not hold makes the run INVALID.
 * @throws AntipodeError exit 2 if the run was never sealed, exit 4 if a file cannot be read at all.
 */
export async function judgeRun(dir: string, options: JudgeOptions): Promise<RunResult> {
  if (!isSealed(dir) && !options.allowUnsealed)
    throw usageError({
      what: 'this run was never sealed, so it cannot be judged',
      where: dir,
      next: 'A run is sealed when it ends. Run again.',
    });
  const { problems: sealProblems } = await verifySeal(dir);
  const files = await readRunFiles(dir);
  const { plan, journal } = files;
  const counted = await countRows(files);
  const { notes, worst, origins, measures, conservation } = counted;
  const lag = counted.lag.finish();
  const rows = conservation.finish(journal.cutMs);
  const checks = validityChecks({
    plan,
    journal,
    sealProblems,
    conservation: rows,
    recording: counted.recording,
    mixVariation: conservation.mixVariation(journal.cutMs),
    responses: counted.responses,
    lag,
    exhaustion: counted.exhaustion.finish(journal),
  });
  const instants = counted.impact.finish();
  const figures = measures.finish(journal);
  const tallies = counted.requests.finish();
  const ofRequests = requestCells(plan, tallies, checks, notes);
  const unnamed = new Set<CellVerdict>(ofRequests.filter((_, i) => tallies[i]!.unnamed > 0));
  const observed = (of: string): unknown => journal.all('observation').findLast((line) => line.of === of)?.seen;
  const found = findingCells(plan, { instants, figures, notes, observed }, checks);
  const cells = withoutUntested(plan, instants, [...ofRequests, ...found]);
  const validity = checks.map(({ id, ok, value, limit, note }) => ({ id, ok, value, limit, note }));
  const t0 = journal.last('t0');
  return {
    version: 2,
    runId: plan.runId,
    ...concludeRun({
      plan,
      journal,
      cells,
      checks: validity,
      faults: instants,
      doubt: slowMachine(plan, lag.control, journal),
      unnamed,
    }),
    cutShort: journal.cutShort,
    judgedAt: options.judgedAt,
    startedAt: t0 ? new Date(t0.epochMs).toISOString() : null,
    cells,
    validity,
    conservation: rows,
    counters: journal.last('world-counters')?.counters ?? [],
    calibration: journal.last('lanes-calibrated')?.lanes ?? [],
    headline: origins.headline(),
    origins: origins.figures(),
    series: counted.series.finish(),
    clientLatency: origins.clientLatency(),
    regionLatency: origins.regionLatency(),
    split: counted.split.finish(),
    worst: ofRequests.flatMap((_, i) => (cells[i]!.status === 'FAIL' ? worst.of(i, notes) : [])),
    generator: generatorFigures(journal, lag),
    servers: journal.last('world-up')?.versions ?? {},
    notes: notes.sentences(),
    names: nameAnswers(journal),
    notTested: untested(plan, cells, instants),
    figures,
    journal: plan.experiment === null ? [] : journalInWords(journal),
  };
}

const generatorFigures = (journal: Journal, lag: LagFigures): RunResult['generator'] => ({
  tool: journal.last('generator-started')?.tool ?? '',
  lagP50Ms: lag.p50Ms,
  lagP99Ms: lag.p99Ms,
  lagMaxMs: lag.maxMs,
  clientBlockedShare: lag.clientBlockedShare,
  controlP99Ms: lag.control.p99Ms,
  cpuShare: cpuShare(journal),
  stealShare: stealShare(journal),
  rssBytes: journal.last('generator-health')?.rssBytes ?? null,
});
