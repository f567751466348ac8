/**
 * Identical answers: every region answers the same question alike in status, in the shape of its content and in the
 * version of its API. A region is wrong where it differs from what most regions answer; of two that differ both are.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { regionsOfPair } from '../subjects.ts';
import { type SeenAnswer, type SeenAnswers, seenAnswers } from './seen.ts';

/** Questions that are named where regions differ. */
const NAMED = 3;

export const identicalAnswers: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  subjects: ['region', 'pair'],
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
  find({ plan, claim, subject }, { observed }) {
    const seen = seenAnswers.safeParse(observed('identical-answers'));
    if (!seen.success) return untested('nobody asked the regions the same questions.');
    if (claim.per === 'region') {
      const { id } = plan.regions[subject]!;
      return find(seen.data, (answers) => against(answers, id), [id, 'another region', 'elsewhere'], claim.maxCount!);
    }
    const [one, other] = regionsOfPair(plan, subject).map((region) => plan.regions[region]!.id) as [string, string];
    const both = (answers: SeenAnswer[]): Compared => ({ own: saidBy(answers, one), other: saidBy(answers, other) });
    return find(seen.data, both, [one, other, other], claim.maxCount!);
  },
};

/** What one region answered, and what it is compared with; null for an answer that is lacking. */
interface Compared {
  own: string | null;
  other: string | null;
}

/** `names`: the region, what it is compared with, and how that is called beside what it answered. */
function find(
  seen: SeenAnswers,
  compared: (answers: SeenAnswer[]) => Compared,
  [one, against, there]: [string, string, string],
  most: number,
): Finding {
  const limit = `at most ${count(most)} may be`;
  const asked = seen.map(({ question, answers }) => ({ question, ...compared(answers) }));
  const told = asked.filter(({ own, other }) => own !== null && other !== null);
  const silent = asked.length - told.length;
  if (told.length === 0) return untested(`${one} and ${against} have not both answered one question; ${limit}.`);
  const wrong = told.filter(({ own, other }) => own !== other);
  const status = wrong.length > most ? 'FAIL' : silent > 0 ? 'INCONCLUSIVE' : 'PASS';
  const named = wrong.slice(0, NAMED).map(({ question, own, other }) => `${question}: ${own}, ${there} ${other}`);
  const examples = named.length === 0 ? '' : ` (${list(named)})`;
  const open = silent === 0 ? '' : ` ${plural(silent, 'question')} could not be compared.`;
  const where = there === 'elsewhere' ? 'in other regions' : `in ${there}`;
  const why = `${count(wrong.length)} of ${plural(told.length, 'question')} answered otherwise than ${where}${examples}; ${limit}.${open}`;
  return { status, why, total: told.length, bad: wrong.length, fromMs: null, valueMs: null };
}

function saidBy(answers: SeenAnswer[], region: string): string | null {
  const its = answers.find((answer) => answer.region === region);
  return its === undefined || its.status === null ? null : wordsOf(its);
}

/** What the region answered, and what most of all regions did (of as many the first that is not its own). */
function against(answers: SeenAnswer[], region: string): Compared {
  const own = saidBy(answers, region);
  const others = answers.filter((answer) => answer.region !== region && answer.status !== null).map(wordsOf);
  if (own === null || others.length === 0) return { own, other: null };
  const all = [own, ...others];
  const times = (words: string): number => all.filter((one) => one === words).length;
  const other = all.reduce((a, b) => (times(b) > times(a) || (times(b) === times(a) && a === own) ? b : a));
  return { own, other };
}

const wordsOf = ({ status, version, shape }: SeenAnswer): string =>
  `${status} ${shape}${version === '' ? '' : ` of version ${version}`}`;
