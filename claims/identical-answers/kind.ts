/**
 * Identical responses: all regions respond to the same request with the same status, body shape and API version. A
 * region is wrong where it differs from the majority; of two that differ, both are.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { regionsOfPair } from '../subjects.ts';
import { type RegionResponse, type ComparedResponses, comparedResponses } from './observation.ts';

/** Differences that are listed. */
const MAX_LISTED = 3;

export const identicalAnswers: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region', 'pair'],
  item: 'request',
  badName: 'differ',
  limit: {
    key: 'differingAnswers',
    unit: 'count',
    describe:
      'Maximum number of requests to which a region responds differently than the others, by status, shape or version.',
    words: (value) => `at most ${plural(value, 'differing response')} between regions`,
    title: (value) => `at most ${plural(value, 'response')} that differ from those of other regions`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: [],
  find({ plan, claim, subject }, { observed }) {
    const seen = comparedResponses.safeParse(observed('identical-answers'));
    if (!seen.success) return untested('the regions were not sent the same requests.');
    if (claim.per === 'region') {
      const { id } = plan.regions[subject]!;
      return find(seen.data, (responses) => comparedWithMajority(responses, id), [id, null], claim.maxCount!);
    }
    const [one, other] = regionsOfPair(plan, subject).map((region) => plan.regions[region]!.id) as [string, string];
    const pair = (responses: RegionResponse[]): Compared => ({
      own: responseOf(responses, one),
      other: responseOf(responses, other),
    });
    return find(seen.data, pair, [one, other], claim.maxCount!);
  },
};

/** The response of one region and the one it is compared with; null for a missing response. */
interface Compared {
  own: string | null;
  other: string | null;
}

/** `regions`: the region, and the one it is compared with; null for all others. */
function find(
  seen: ComparedResponses,
  compared: (responses: RegionResponse[]) => Compared,
  regions: [own: string, other: string | null],
  maxCount: number,
): Finding {
  const [region, other] = regions;
  const limit = `the limit is ${count(maxCount)}`;
  const sent = seen.map(({ request, responses }) => ({ request, ...compared(responses) }));
  const comparable = sent.filter(({ own, other }) => own !== null && other !== null);
  const missing = sent.length - comparable.length;
  if (comparable.length === 0)
    return untested(`${region} and ${other ?? 'another region'} did not both respond to any request; ${limit}.`);
  const wrong = comparable.filter(({ own, other }) => own !== other);
  const status = wrong.length > maxCount ? 'FAIL' : missing > 0 ? 'INCONCLUSIVE' : 'PASS';
  const label = other ?? 'elsewhere';
  const listed = wrong
    .slice(0, MAX_LISTED)
    .map(({ request, own, other: theirs }) => `${request}: ${own}, ${label} ${theirs}`);
  const examples = listed.length === 0 ? '' : ` (${list(listed)})`;
  const unknown = missing === 0 ? '' : ` ${plural(missing, 'request')} could not be compared.`;
  const where = `in ${other ?? 'other regions'}`;
  const why = `${count(wrong.length)} of ${plural(comparable.length, 'request')} got a different response than ${where}${examples}; ${limit}.${unknown}`;
  return { status, why, total: comparable.length, bad: wrong.length, fromMs: null, toMs: null };
}

function responseOf(responses: RegionResponse[], region: string): string | null {
  const its = responses.find((response) => response.region === region);
  return its === undefined || its.status === null ? null : wordsOf(its);
}

/** The region's response and that of the majority; in a tie the first that is not its own. */
function comparedWithMajority(responses: RegionResponse[], region: string): Compared {
  const own = responseOf(responses, region);
  const others = responses.filter((response) => response.region !== region && response.status !== null).map(wordsOf);
  if (own === null || others.length === 0) return { own, other: null };
  const all = [own, ...others];
  const times = (words: string): number => all.filter((one) => one === words).length;
  const other = all.reduce((a, b) => (times(b) > times(a) || (times(b) === times(a) && a === own) ? b : a));
  return { own, other };
}

const wordsOf = ({ status, version, shape }: RegionResponse): string =>
  `${status} ${shape}${version === '' ? '' : ` of version ${version}`}`;
