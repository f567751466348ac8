/** The essence of a run as judged by plans of version 1, up to commit 641130b: replaces essence.ts in such a tree. */
import { judgeRun } from '../../reports/judge/index.ts';
import { AntipodeError } from '../../src/errors.ts';

/** Fields of a version 1 result that moved or changed. */
interface OldCell {
  claim: string;
  subject: string;
  gating: boolean;
  status: string;
  why: string;
  total: number;
  bad: number;
  limitMs: number | null;
  requestsLacking: number | null;
  badShare: number | null;
  lowerShare: number | null;
  upperShare: number | null;
  maxBadShare: number;
}
type Old = Record<string, unknown> & {
  cells: OldCell[];
  worst: { claim: string; subject: string; row: number }[];
};

/** Claims whose evidence is a time or a count, not a share. */
const WITHOUT_SHARE =
  /^(rto|evacuation|fail-back|recovery|convergence|lag-alert|read-your-writes|.*-writes|.*-winners)$/;

export async function essenceOf(dir: string): Promise<unknown> {
  try {
    const result = (await judgeRun(dir, { judgedAt: '2026-01-01T00:00:00.000Z' })) as unknown as Old;
    // The only renamed claim.
    return JSON.parse(JSON.stringify(essence(result)).replaceAll('wrong-cart-winners', 'cart-winner')) as unknown;
  } catch (error) {
    if (!(error instanceof AntipodeError)) throw error;
    return { refused: error.message.replaceAll(dir, ''), exitCode: error.exitCode };
  }
}

function essence(result: Old): unknown {
  const { verdict, exitCode, why, next, validity, conservation, notTested, answers, headline, cells, worst } = result;
  const { faults, evacuation, ledger, carts, sessions, lag } = result;
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
    cells: Object.fromEntries(cells.map((cell) => [`${cell.claim} ${cell.subject}`, cellOf(cell)])),
    worst: worst.map(({ claim, subject, row }) => `${claim} ${subject} ${row}`),
    figures: { faults, evacuation, ledger, carts, sessions, lag },
  };
}

function cellOf(cell: OldCell): unknown {
  const { claim, gating, status, why, total, bad, limitMs, requestsLacking } = cell;
  const { badShare, lowerShare, upperShare, maxBadShare } = cell;
  const bounds = WITHOUT_SHARE.test(claim) ? {} : { badShare, lowerShare, upperShare, maxBadShare };
  return { gating, status, why, total, bad, limitMs, requestsLacking, ...bounds };
}
