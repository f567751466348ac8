/**
 * Identical answers: every region answers the same question alike in status, in the shape of its content and in the
 * version of its API. A region is wrong where it differs from what most regions answer; of two that differ both are.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type SeenAnswer, type SeenAnswers, seenAnswers } from './seen.ts';

/** Questions that are named where regions differ. */
const NAMED = 3;

export const identicalAnswers: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  one: 'question',
  wrong: 'differ',
  limit: {
    key: 'differingAnswers',
    unit: 'count',
    describe: 'Questions that a region answers otherwise than the others, by status, shape or version.',
    words: (value) => `at most ${plural(value, 'question')} answered otherwise than elsewhere`,
    title: (value) => `at most ${plural(value, 'question')} answered otherwise than in other regions`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: [],
  find({ plan, claim, region }, { observed }) {
    const seen = seenAnswers.safeParse(observed('identical-answers'));
    if (!seen.success) return untested('nobody asked the regions the same questions.');
    return find(seen.data, plan.regions[region]!.id, claim.maxCount!);
  },
};

function find(seen: SeenAnswers, region: string, most: number): Finding {
  const limit = `at most ${count(most)} may be`;
  const asked = seen.map(({ question, answers }) => ({ question, ...against(answers, region) }));
  const told = asked.filter(({ own, usual }) => own !== null && usual !== null);
  const silent = asked.length - told.length;
  if (told.length === 0) return untested(`${region} and another region have not both answered one question; ${limit}.`);
  const wrong = told.filter(({ own, usual }) => own !== usual);
  const status = wrong.length > most ? 'FAIL' : silent > 0 ? 'INCONCLUSIVE' : 'PASS';
  const named = wrong.slice(0, NAMED).map(({ question, own, usual }) => `${question}: ${own}, elsewhere ${usual}`);
  const examples = named.length === 0 ? '' : ` (${list(named)})`;
  const open = silent === 0 ? '' : ` ${plural(silent, 'question')} could not be compared.`;
  const why = `${count(wrong.length)} of ${plural(told.length, 'question')} answered otherwise than in other regions${examples}; ${limit}.${open}`;
  return { status, why, total: told.length, bad: wrong.length, fromMs: null, valueMs: null };
}

/** What the region answered, and what most of all regions did (of as many the first that is not its own). */
function against(answers: SeenAnswer[], region: string): { own: string | null; usual: string | null } {
  const mine = answers.find((answer) => answer.region === region);
  const own = mine === undefined || mine.status === null ? null : wordsOf(mine);
  const others = answers.filter((answer) => answer.region !== region && answer.status !== null).map(wordsOf);
  if (own === null || others.length === 0) return { own, usual: null };
  const all = [own, ...others];
  const times = (words: string): number => all.filter((one) => one === words).length;
  const usual = all.reduce((a, b) => (times(b) > times(a) || (times(b) === times(a) && a === own) ? b : a));
  return { own, usual };
}

const wordsOf = ({ status, version, shape }: SeenAnswer): string =>
  `${status} ${shape}${version === '' ? '' : ` of version ${version}`}`;
