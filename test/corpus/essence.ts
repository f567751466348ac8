/** What a run was judged to be, without the shape it is written in. */
import { judgeRun } from '../../reports/judge/index.ts';
import type { CellVerdict, RunResult } from '../../reports/run-result.ts';

/** Judges the sealed run in `dir`; the same run gives the same essence whatever the shape of plan and result. */
export async function essenceOf(dir: string): Promise<unknown> {
  const result = await judgeRun(dir, { judgedAt: '2026-01-01T00:00:00.000Z' });
  const { verdict, exitCode, why, next, validity, conservation, notTested, answers, worst, headline } = result;
  return {
    verdict,
    exitCode,
    why,
    next,
    validity,
    conservation,
    notTested,
    answers,
    headline,
    cells: Object.fromEntries(result.cells.map((cell) => [`${cell.claim} ${cell.subject}`, cellOf(cell)])),
    worst: worst.map(({ claim, subject, row }) => `${claim} ${subject} ${row}`),
    figures: figuresOf(result),
  };
}

const cellOf = ({ claim: _, subject: __, ...cell }: CellVerdict): unknown => cell;

const figuresOf = ({ figures: { failover, ledger, carts, sessions, replicaLag } }: RunResult): unknown => ({
  ...failover,
  ledger,
  carts,
  sessions,
  lag: replicaLag,
});
