/**
 * Accuracy of the failover clock: outages on fresh worlds, with their t0, first failover and recovery compared with the
 * world's own events (clock-truth.ts). Clock clients send a request every 100 ms per cohort, so a client can notice up
 * to 100 ms late; that is part of the error, not of the truth.
 *
 *   t0        observed t0, compared with the return of the last control call of the fault
 *   failover  first response from another region, compared with the resolver's move and the round trips of a new
 *             connection
 *   recovery  for `fresh` and `ttl`: the end of the first good request, compared with the same; for `sticky` the truth
 *             is the interval from there until the last of them has used its broken connection, and a recovery within
 *             it has no error
 */
import { type FinishedRun, chaosRun, runsWanted } from './finished-run.ts';
import { type MoveTruth, moveTruth } from './clock-truth.ts';
import { quantile } from './order.ts';

const RUNS = 20;
const FIGURES = ['t0', 'failover', 'recovery fresh', 'recovery ttl', 'recovery sticky'] as const;
type Errors = Record<(typeof FIGURES)[number], number | null>;

/** Rows of [figure, measured, required]. */
export async function clockBench(): Promise<string[][]> {
  const count = runsWanted(RUNS);
  const all: Errors[] = [];
  for (let i = 0; i < count; i += 1) {
    const run = await chaosRun(['test/experiments/short-outage.yaml', '--rate', '60', '--seed', String(i + 1)]);
    const [lost] = run.files.plan.experiment!.regions;
    const truth = moveTruth(run, lost!);
    const errors = errorsOf(run, truth);
    process.stderr.write(`  ${run.result.runId} ${run.result.verdict}: ${words(truth, errors)}\n`);
    all.push(errors);
  }
  return FIGURES.map((figure) => {
    const known = all.flatMap((errors) => (errors[figure] === null ? [] : [Math.abs(errors[figure])]));
    const [p50, p95, most] = [0.5, 0.95, 1].map((share) => quantile(known, share).toFixed(0));
    const missing = known.length < count ? `, no figure in ${count - known.length}` : '';
    return [
      `${figure}: error over ${count} runs, p95`,
      `${p95} ms (median ${p50} ms, max ${most} ms${missing})`,
      '<= 200 ms',
    ];
  });
}

/** Error of each figure: how much later than the true time it is, ms; null if the run has none. */
function errorsOf({ result }: FinishedRun, truth: MoveTruth): Errors {
  const { t0Ms, regions } = result.figures.failover.faults[0]!;
  const { failoverMs, cohorts } = regions[0]!;
  const possibleMs = truth.movedMs + truth.answerMs;
  const later = (sinceT0Ms: number | null | undefined, fromMs: number, toMs = fromMs): number | null => {
    if (t0Ms === null || sinceT0Ms === null || sinceT0Ms === undefined) return null;
    const atMs = t0Ms + sinceT0Ms;
    return atMs < fromMs ? atMs - fromMs : Math.max(0, atMs - toMs);
  };
  const recovered = (name: string) => cohorts.find(({ cohort }) => cohort === name)?.rtoToMs;
  return {
    t0: later(0, truth.bitesMs),
    failover: later(failoverMs, possibleMs),
    'recovery fresh': later(recovered('fresh'), possibleMs),
    'recovery ttl': later(recovered('ttl'), possibleMs),
    'recovery sticky': later(recovered('sticky'), possibleMs, truth.lastStickyMs + truth.answerMs),
  };
}

const words = ({ bitesMs, switchedMs, movedMs, answerMs }: MoveTruth, errors: Errors): string =>
  [
    `t0 ${(bitesMs / 1000).toFixed(2)} s`,
    `routing +${((switchedMs - bitesMs) / 1000).toFixed(2)} s`,
    `resolver +${((movedMs - bitesMs) / 1000).toFixed(2)} s`,
    `answer ${answerMs.toFixed(0)} ms`,
    `errors ${FIGURES.map((figure) => `${figure} ${errors[figure]?.toFixed(0) ?? '-'}`).join(', ')} ms`,
  ].join(', ');
