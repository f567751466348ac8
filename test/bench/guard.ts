/** Time from a tripped guard (users outside the blast radius are affected) to the fault being cleared. */
import { chaosRun, runsWanted } from './finished-run.ts';
import { quantile } from './order.ts';

const RUNS = 5;

/** Rows of [figure, measured, required]. */
export async function guardBench(): Promise<string[][]> {
  const count = runsWanted(RUNS);
  const tookMs: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const { journal, result } = await chaosRun(['test/experiments/guarded.yaml', '--rate', '60', '--seed', `${i + 1}`]);
    const guard = journal.last('guard');
    const gone = journal.last('fault-gone');
    if (!guard || !gone?.gone) throw new Error(`the guard did not end the run: ${result.verdict}, ${result.why}`);
    tookMs.push(Date.parse(gone.at) - Date.parse(guard.at));
    process.stderr.write(`  ${result.runId} ${result.verdict}: ${tookMs.at(-1)} ms\n`);
  }
  return [
    [
      `guard tripped to fault cleared, longest of ${count}`,
      `${Math.max(...tookMs)} ms (median ${quantile(tookMs, 0.5)} ms)`,
      '<= 10000 ms',
    ],
  ];
}
