/** Cache scope: a copy that was made for one tenant, login or language is never served to another. */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { observedScopes, type ScopedRoute } from './observation.ts';

/** Variants that are listed. */
const MAX_LISTED = 3;

export const cacheScope: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'variant',
  badName: 'shared',
  limit: {
    key: 'sharedCopies',
    unit: 'count',
    describe: 'Maximum number of variants (another tenant, login or language) that get the copy of another one.',
    words: (value) => `at most ${plural(value, 'shared copy', 'shared copies')}`,
    title: () => 'copies are served only to the tenant, login and language that they were made for',
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: [],
  block: 'inventory',
  find({ plan, claim, subject }, { observed }) {
    const seen = observedScopes.safeParse(observed('cache-scope'));
    const its = seen.data?.find(({ region }) => region === plan.regions[subject]!.id);
    if (its === undefined) return untested('no cached route was requested.');
    if (its.failure !== null) return untested(`the inventory of ${its.region} could not be read: ${its.failure}.`);
    return find(its.routes, claim.maxCount!);
  },
};

function find(routes: ScopedRoute[], maxCount: number): Finding {
  const cached = routes.filter(({ isCached }) => isCached);
  const all = cached.flatMap(({ name, variants }) => variants.map((variant) => ({ route: name, ...variant })));
  // An error is no evidence: nothing of it would be shared.
  const responded = all.filter(({ status }) => status !== null && status < 400);
  if (responded.length === 0) return untested('no route was served from a copy when its request was repeated.');
  const shared = responded.filter(({ isCopy }) => isCopy);
  const open = routes.length - cached.length + all.length - responded.length;
  const status = shared.length > maxCount ? 'FAIL' : open > 0 ? 'INCONCLUSIVE' : 'PASS';
  const examples = shared.slice(0, MAX_LISTED).map(({ route, name }) => `${route} with ${name}`);
  const listed = examples.length === 0 ? '' : ` (${list(examples)})`;
  const missing =
    open === 0
      ? ''
      : ` Not tested: ${plural(open, 'route or variant', 'routes or variants')} without a copy or a good response.`;
  const why = `${count(shared.length)} of ${plural(responded.length, 'variant')} got a copy that was made for another${listed}; the limit is ${count(maxCount)}.${missing}`;
  return { status, why, total: responded.length, bad: shared.length, fromMs: null, toMs: null };
}
