/** The judgement of a run, independent of the format it is written in. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeRun } from '../../reports/judge/index.ts';
import type { CellVerdict, RunResult } from '../../reports/run-result.ts';
import { AntipodeError } from '../../src/errors.ts';
import { upgradedRun } from './upgrade.ts';

/** Judges the sealed run in `dir`; the same run gives the same essence whatever the shape of plan and result. */
export async function essenceOf(dir: string): Promise<unknown> {
  const upgraded = await mkdtemp(join(tmpdir(), 'antipode-corpus-'));
  try {
    await upgradedRun(dir, upgraded);
    return essence(await judgeRun(upgraded, { judgedAt: '2026-01-01T00:00:00.000Z' }));
  } catch (error) {
    if (!(error instanceof AntipodeError)) throw error;
    return { refused: error.message.replaceAll(upgraded, ''), exitCode: error.exitCode };
  } finally {
    await rm(upgraded, { recursive: true, force: true });
  }
}

function essence(result: RunResult): unknown {
  const { verdict, exitCode, why, next, validity, conservation, notTested, notes, worst, headline } = result;
  return {
    verdict,
    exitCode,
    why,
    next,
    validity,
    conservation,
    notTested,
    answers: notes,
    headline,
    cells: Object.fromEntries(result.cells.map((cell) => [`${cell.claim} ${cell.subject}`, cellOf(cell)])),
    worst: worst.map(({ claim, subject, row }) => `${claim} ${subject} ${row}`),
    figures: figuresOf(result),
  };
}

/** The figures of a cell, whatever the shape of its evidence. */
function cellOf(cell: CellVerdict): unknown {
  const { gating, status, why, total, bad, limitMs, requestsLacking } = cell;
  const bounds =
    cell.evidence === 'share'
      ? {
          badShare: cell.badShare,
          lowerShare: cell.lowerShare,
          upperShare: cell.upperShare,
          maxBadShare: cell.maxBadShare,
        }
      : {};
  return { gating, status, why, total, bad, limitMs, requestsLacking, ...bounds };
}

const figuresOf = ({ figures: { failover, ledger, carts, sessions, replicaLag } }: RunResult): unknown => ({
  ...failover,
  ledger,
  carts,
  sessions,
  lag: replicaLag,
});
