/**
 * Identical answers: all regions respond to the same request with the same status, body shape and API version. A region
 * is wrong where it differs from the majority; of two that differ, both are.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { regionsOfPair } from '../subjects.ts';
import { type SeenAnswer, type SeenAnswers, seenAnswers } from './seen.ts';

/** Differences that are listed. */
const MAX_LISTED = 3;

export const identicalAnswers: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  subjects: ['region', 'pair'],
  one: 'request',
  wrong: 'differ',
  limit: {
    key: 'differingAnswers',
    unit: 'count',
    describe:
      'Maximum number of requests to which a region responds differently than the others, by status, shape or version.',
    words: (value) => `at most ${plural(value, 'differing response')} between regions`,
    title: (value) => `at most ${plural(value, 'response')} different from other regions`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: [],
  find({ plan, claim, subject }, { observed }) {
    const seen = seenAnswers.safeParse(observed('identical-answers'));
    if (!seen.success) return untested('the regions were not sent the same requests.');
    if (claim.per === 'region') {
      const { id } = plan.regions[subject]!;
      return find(seen.data, (answers) => against(answers, id), [id, 'another region', 'elsewhere'], claim.maxCount!);
    }
    const [one, other] = regionsOfPair(plan, subject).map((region) => plan.regions[region]!.id) as [string, string];
    const both = (answers: SeenAnswer[]): Compared => ({
      own: responseOf(answers, one),
      other: responseOf(answers, other),
    });
    return find(seen.data, both, [one, other, other], claim.maxCount!);
  },
};

/** The response of one region and the one it is compared with; null for a missing response. */
interface Compared {
  own: string | null;
  other: string | null;
}

/** The names: the region, what it is compared with, and the label of the latter's response. */
function find(
  seen: SeenAnswers,
  compared: (answers: SeenAnswer[]) => Compared,
  [one, against, there]: [string, string, string],
  maxCount: number,
): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  const sent = seen.map(({ question, answers }) => ({ question, ...compared(answers) }));
  const comparable = sent.filter(({ own, other }) => own !== null && other !== null);
  const missing = sent.length - comparable.length;
  if (comparable.length === 0) return untested(`${one} and ${against} did not both respond to any request; ${limit}.`);
  const wrong = comparable.filter(({ own, other }) => own !== other);
  const status = wrong.length > maxCount ? 'FAIL' : missing > 0 ? 'INCONCLUSIVE' : 'PASS';
  const listed = wrong.slice(0, MAX_LISTED).map(({ question, own, other }) => `${question}: ${own}, ${there} ${other}`);
  const examples = listed.length === 0 ? '' : ` (${list(listed)})`;
  const open = missing === 0 ? '' : ` ${plural(missing, 'request')} could not be compared.`;
  const where = there === 'elsewhere' ? 'in other regions' : `in ${there}`;
  const why = `${count(wrong.length)} of ${plural(comparable.length, 'request')} got a different response than ${where}${examples}; ${limit}.${open}`;
  return { status, why, total: comparable.length, bad: wrong.length, fromMs: null, valueMs: null };
}

function responseOf(answers: SeenAnswer[], region: string): string | null {
  const its = answers.find((answer) => answer.region === region);
  return its === undefined || its.status === null ? null : wordsOf(its);
}

/** The region's response and that of the majority; in a tie the first that is not its own. */
function against(answers: SeenAnswer[], region: string): Compared {
  const own = responseOf(answers, region);
  const others = answers.filter((answer) => answer.region !== region && answer.status !== null).map(wordsOf);
  if (own === null || others.length === 0) return { own, other: null };
  const all = [own, ...others];
  const times = (words: string): number => all.filter((one) => one === words).length;
  const other = all.reduce((a, b) => (times(b) > times(a) || (times(b) === times(a) && a === own) ? b : a));
  return { own, other };
}

const wordsOf = ({ status, version, shape }: SeenAnswer): string =>
  `${status} ${shape}${version === '' ? '' : ` of version ${version}`}`;
