/** The judge: a sealed run directory in, a RunResult out. Reads, never writes; the same files always give the same result. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { usageError } from '../../src/errors.ts';
import type { RareEvent } from '../../src/formats/recording.ts';
import type { RunResult } from '../run-result.ts';
import { isSealed, verifySeal } from '../seal.ts';
import { Measures } from '../../claims/measures/collect.ts';
import { RecordNames } from '../../claims/measures/versions.ts';
import { RequestCounts } from '../../claims/requests.ts';
import { Answers } from './answers.ts';
import { findingCells } from './findings.ts';
import { ConservationCount } from './conservation.ts';
import { withoutUntested } from './experiment-outcome.ts';
import { Exhaustion } from './exhaustion.ts';
import { faultInstants } from '../../claims/measures/fault-instants.ts';
import { FeltFaults } from './felt.ts';
import { journalInWords } from './journal-words.ts';
import { Lag } from './lag.ts';
import { nameAnswers } from './names.ts';
import { Origins } from './origins.ts';
import { type RecordingFacts, readRecording } from './recording-reader.ts';
import { concludeRun, untested } from './result.ts';
import { RowContext } from './row-context.ts';
import { clientOfRow } from '../../src/formats/client-of-row.ts';
import { readRunFiles, type RunFiles } from './run-files.ts';
import { Series } from './series.ts';
import { Split } from './split.ts';
import { Told } from '../../claims/told.ts';
import { cpuShare, slowEchoes, validityChecks } from './validity.ts';
import { judgeCells } from './verdict.ts';
import { WorstRequests } from './worst.ts';

export interface JudgeOptions {
  /** ISO instant that the result carries. */
  judgedAt: string;
  /** Judges files that were never sealed; their seal check is not ok all the same. */
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
  const journaled = faultInstants(plan, journal);

  const worst = new WorstRequests(plan);
  const requests = new RequestCounts(plan, (cell, score, c) => worst.offer(cell, score, c));
  const conservation = new ConservationCount(files);
  const answers = new Answers(plan);
  const lag = new Lag(files);
  const exhaustion = new Exhaustion(plan);
  const series = new Series(plan);
  const origins = new Origins(plan);
  const split = new Split(plan);
  const felt = new FeltFaults(plan, journaled);
  const told = new Told(plan, clientOfRow(files.index));
  const measures = new Measures({ plan, instants: journaled, records: new RecordNames(plan) });
  const recording = await eachRow(
    files,
    (c) => {
      conservation.add(c);
      answers.add(c);
      lag.add(c);
      exhaustion.add(c);
      // A request counts once, as its first attempt ended: attempts are not evidence of their own, and a retry buys no
      // service level (docs/decisions/0014). The failover clock takes them together by itself.
      if (c.row.attempt === 0) {
        requests.add(c);
        series.add(c);
        origins.add(c);
        split.add(c);
      }
      told.add(c);
      felt.add(c);
      measures.add(c);
    },
    () => conservation.addUnknown(),
    (event) => {
      told.note(event);
      measures.note(event);
    },
  );
  // Lines of different clients stand in the order of their flushes: who needs every write before the first read looks again.
  const again = [...measures.again(), ...(requests.needsHistory ? [requests.withHistory(measures.history())] : [])];
  if (again.length > 0) await eachRow(files, (c) => again.forEach((look) => look(c)));

  const lagFigures = lag.finish();
  const rows = conservation.finish(journal.cutMs);
  const checks = validityChecks({
    plan,
    journal,
    sealProblems,
    conservation: rows,
    recording,
    mixVariation: conservation.mixVariation(journal.cutMs),
    answers,
    lag: lagFigures,
    exhaustion: exhaustion.finish(journal),
  });
  const instants = felt.finish();
  const figures = measures.finish(journal);
  const counted = judgeCells(plan, requests.finish(), checks, told);
  const found = findingCells(plan, { instants, figures, told }, checks);
  const verdicts = withoutUntested(plan, instants, [...counted, ...found]);
  const validity = checks.map(({ id, ok, value, limit, note }) => ({ id, ok, value, limit, note }));
  const t0 = journal.last('t0');
  return {
    version: 2,
    runId: plan.runId,
    ...concludeRun(plan, journal, verdicts, validity, instants, slowEchoes(plan, lagFigures.control)),
    cutShort: journal.cutShort,
    judgedAt: options.judgedAt,
    startedAt: t0 ? new Date(t0.epochMs).toISOString() : null,
    cells: verdicts,
    validity,
    conservation: rows,
    counters: journal.last('world-counters')?.counters ?? [],
    calibration: journal.last('lanes-calibrated')?.lanes ?? [],
    headline: origins.headline(),
    origins: origins.figures(),
    series: series.finish(),
    clientLatency: origins.clientLatency(),
    regionLatency: origins.regionLatency(),
    split: split.finish(),
    worst: counted.flatMap((_, i) => (verdicts[i]!.status === 'FAIL' ? worst.of(i, told) : [])),
    generator: {
      tool: journal.last('generator-started')?.tool ?? '',
      lagP50Ms: lagFigures.p50Ms,
      lagP99Ms: lagFigures.p99Ms,
      lagMaxMs: lagFigures.maxMs,
      clientBlockedShare: lagFigures.clientBlockedShare,
      controlP99Ms: lagFigures.control.p99Ms,
      cpuShare: cpuShare(journal),
      rssBytes: journal.last('generator-health')?.rssBytes ?? null,
    },
    servers: journal.last('world-up')?.versions ?? {},
    answers: told.sentences(),
    names: nameAnswers(journal),
    notTested: untested(plan, verdicts, instants),
    figures,
    journal: plan.experiment === null ? [] : journalInWords(journal),
  };
}

/** Hands every row of the recording on, in one context that is filled anew each time. */
async function eachRow(
  files: RunFiles,
  onRow: (c: RowContext) => void,
  onUnknown: () => void = () => {},
  onRare: (event: RareEvent) => void = () => {},
): Promise<RecordingFacts> {
  const path = join(files.dir, 'recording.log');
  if (!existsSync(path)) return { rows: 0, foreignLines: 0, malformedLines: 0, malformed: [], tornBytes: 0 };
  const context = new RowContext(files);
  const onEvent = (event: RareEvent): void => {
    context.versions.note(event);
    onRare(event);
  };
  const onRows = (words: Uint32Array, rows: number): void => {
    for (let at = 0; at < rows; at++) {
      if (context.read(words, at)) onRow(context);
      else onUnknown();
    }
  };
  return readRecording(path, onRows, onEvent);
}
