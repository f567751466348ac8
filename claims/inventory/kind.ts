/**
 * Inventory: a target documents where the data of each route may come from and how long a copy may be kept, and its
 * responses agree. A route is wrong if one response names another source, or a copy is older than its TTL.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ObservedRoute, observedInventories, type RouteResponse } from './observation.ts';

/** Wrong routes that are listed. */
const MAX_LISTED = 3;
/** The observer's request that comes after copies must have expired; it is not sent where the TTL is too long. */
const EXPIRY_PROBE = 3;

export const inventory: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'route',
  badName: 'wrong',
  limit: {
    key: 'wrongRoutes',
    unit: 'count',
    describe:
      'Maximum number of routes whose responses name a source, or have an age, that the inventory does not allow.',
    words: (value) => `at most ${plural(value, 'route')} unlike the inventory`,
    title: (value) => `at most ${plural(value, 'route')} unlike the inventory`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: [],
  block: 'inventory',
  find({ plan, claim, subject }, { observed }) {
    const seen = observedInventories.safeParse(observed('inventory'));
    const its = seen.data?.find(({ region }) => region === plan.regions[subject]!.id);
    if (its === undefined) return untested('no inventory was requested.');
    if (its.failure !== null) return untested(`the inventory of ${its.region} could not be read: ${its.failure}.`);
    return find(its.routes, claim.maxCount!);
  },
};

function find(routes: ObservedRoute[], maxCount: number): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  const judged = routes.map((route) => ({ name: route.name, problem: problemOf(route) }));
  const wrong = judged.filter(({ problem }) => problem !== null);
  const silent = routes.filter(({ responses }) => !responses.some(isEvidence));
  const total = routes.length - silent.length;
  if (total === 0) return untested(`no route of the inventory had a response; ${limit}.`);
  const status = wrong.length > maxCount ? 'FAIL' : silent.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const examples = wrong.slice(0, MAX_LISTED).map(({ name, problem }) => `${name}: ${problem}`);
  const listed = examples.length === 0 ? '' : ` (${list(examples)})`;
  const missing =
    silent.length === 0
      ? ''
      : ` No response but errors, or a placeholder without a value: ${list(
          silent.map(({ name }) => name),
          MAX_LISTED,
        )}.`;
  const long = routes.filter(({ ttlSeconds, responses }) => ttlSeconds !== null && responses.length < EXPIRY_PROBE);
  const unexpired = long.length === 0 ? '' : ` Expiry was not tested for ${plural(long.length, 'route')}.`;
  const why = `${count(wrong.length)} of ${plural(total, 'route')} ${wrong.length === 1 ? 'differs' : 'differ'} from the inventory${listed}; ${limit}.${missing}${unexpired}`;
  return { status, why, total, bad: wrong.length, fromMs: null, toMs: null };
}

/** A server error has no data, so that its source and age say nothing. */
const isEvidence = ({ status }: RouteResponse): boolean => status !== null && status < 500;

/** The first response that the inventory does not allow, in words; null if there is none. */
function problemOf({ sources, ttlSeconds, responses }: ObservedRoute): string | null {
  for (const { source, ageSeconds } of responses.filter(isEvidence)) {
    if (!sources.includes(source)) return `from ${source === '' ? 'an unnamed source' : source}, not ${list(sources)}`;
    if (ageSeconds !== null && ageSeconds > (ttlSeconds ?? 0))
      return `a copy ${count(ageSeconds)} s old, ${ttlSeconds === null ? 'not cached' : `TTL ${count(ttlSeconds)} s`}`;
  }
  return null;
}
