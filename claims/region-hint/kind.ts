/**
 * Region hint: what a client says about its region may be absent, outdated or wrong. No hint makes a request fail. A
 * hint that names no region changes nothing, and no hint changes where writes and strong reads go.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type HintedRequest, observedHints } from './observation.ts';

/** Wrong requests that are listed. */
const MAX_LISTED = 3;

export const regionHint: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'request',
  badName: 'misled',
  limit: {
    key: 'misledRequests',
    unit: 'count',
    describe: 'Maximum number of requests that fail, or go elsewhere than they should, because of their region hint.',
    words: (value) => `at most ${plural(value, 'request')} misled by a region hint`,
    title: (value) => `at most ${plural(value, 'request')} misled by a region hint`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: [],
  block: 'regionHint',
  find({ plan, claim, subject }, { observed }) {
    const seen = observedHints.safeParse(observed('region-hint'));
    const its = seen.data?.find(({ region }) => region === plan.regions[subject]!.id);
    if (its === undefined) return untested('no request with a region hint was sent.');
    return find(its.requests, claim.maxCount!);
  },
};

function find(requests: HintedRequest[], maxCount: number): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  const hinted = requests.filter(({ hint }) => hint !== null);
  const plainOf = ({ operation }: HintedRequest): HintedRequest | undefined =>
    requests.find((one) => one.hint === null && one.operation === operation && one.isExpected);
  const judged = hinted.flatMap((request) => {
    const plain = plainOf(request);
    if (plain === undefined || request.status === null || !isComparable(request, plain)) return [];
    return [{ request, problem: problemOf(request, plain) }];
  });
  const total = judged.length;
  const open = hinted.length - total;
  if (total === 0)
    return untested(`no operation had a good response without a hint and a response with one; ${limit}.`);
  const misled = judged.filter(({ problem }) => problem !== null);
  const status = misled.length > maxCount ? 'FAIL' : open > 0 ? 'INCONCLUSIVE' : 'PASS';
  const examples = misled
    .slice(0, MAX_LISTED)
    .map(({ request, problem }) => `${request.operation} with ${quoted(request.hint!)}: ${problem}`);
  const listed = examples.length === 0 ? '' : ` (${list(examples)})`;
  const missing = open === 0 ? '' : ` Not tested: ${plural(open, 'request')} without responses that could be compared.`;
  const why = `${count(misled.length)} of ${plural(total, 'request')} ${misled.length === 1 ? 'was' : 'were'} misled by a region hint${listed}; ${limit}.${missing}`;
  return { status, why, total, bad: misled.length, fromMs: null, toMs: null };
}

const quoted = (hint: string): string => (hint === '' ? 'an empty hint' : `the hint ${hint}`);

/**
 * Whether the responses say what the hint must not change. A request that failed needs no comparison. Known hints may
 * move a read, so nothing is compared then.
 */
const isComparable = (request: HintedRequest, plain: HintedRequest): boolean =>
  !request.isExpected || ((!request.isStrong || plain.source !== '') && (request.isKnown || plain.servedBy !== ''));

/** How a hint misled this request, by the same request without one; null if it did not. */
function problemOf(request: HintedRequest, plain: HintedRequest): string | null {
  if (!request.isExpected) return `status ${request.status}`;
  if (request.isStrong && request.source !== plain.source)
    return `from ${named(request.source)}, not ${named(plain.source)}`;
  if (!request.isKnown && request.servedBy !== plain.servedBy)
    return `served by ${named(request.servedBy)}, not ${named(plain.servedBy)}`;
  return null;
}

const named = (name: string): string => (name === '' ? 'an unnamed place' : name);
