/**
 * Edge: static assets come from a cache in front of the regions, are not served past their maximum age, and a purge
 * takes effect in time. Each asset is requested twice: at least the second response must come from a cache.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ObservedAsset, type EdgeObservation, edgeObservation } from './observation.ts';

/** Wrong assets that are listed. */
const MAX_LISTED = 3;

export const edge: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  item: 'asset',
  badName: 'wrong',
  limit: {
    key: 'wrongAssets',
    unit: 'count',
    describe:
      'Maximum number of static assets that the edge does not cache, serves past their maximum age, or serves after a purge.',
    words: (value) => `at most ${plural(value, 'wrong asset')} at the edge`,
    title: (value) => `at most ${plural(value, 'wrong static asset')} at the edge`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  subjects: ['target'],
  needs: [],
  block: 'edge',
  find({ claim }, { observed }) {
    const seen = edgeObservation.safeParse(observed('edge'));
    if (!seen.success) return untested('no static asset was requested from an edge.');
    return find(seen.data, claim.maxCount!);
  },
};

function find(seen: EdgeObservation, maxCount: number): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  const assets = seen.assets.map((one) => ({ asset: one.asset, ...judged(one, seen) }));
  const wrong = assets.filter(({ verdict }) => verdict === 'wrong');
  const undecided = assets.filter(({ verdict }) => verdict === 'undecided');
  const total = assets.length - undecided.length;
  if (total === 0) return untested(`no asset could be judged${listed(undecided)}; ${limit}.`);
  const status = wrong.length > maxCount ? 'FAIL' : undecided.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const more = [
    ...(undecided.length === 0
      ? []
      : [` ${plural(undecided.length, 'asset')} could not be judged${listed(undecided)}.`]),
    ...(seen.purgeSeconds === null ? [' The target declares no purge, so none was tested.'] : []),
  ];
  const are = wrong.length === 1 ? 'is' : 'are';
  const why = `${count(wrong.length)} of ${plural(total, 'asset')} ${are} wrong at the edge${listed(wrong)}; ${limit}.${more.join('')}`;
  return { status, why, total, bad: wrong.length, fromMs: null, valueMs: null };
}

interface Judged {
  verdict: 'right' | 'wrong' | 'undecided';
  why: string;
}

const RIGHT: Judged = { verdict: 'right', why: '' };
const isWrong = (why: string): Judged => ({ verdict: 'wrong', why });
const isUndecided = (why: string): Judged => ({ verdict: 'undecided', why });

/** The first problem of an asset, or why it cannot be judged. */
function judged({ responses, purge }: ObservedAsset, { expect, purgeSeconds }: EdgeObservation): Judged {
  const unexpected = responses.find(({ status }) => status !== null && !expect.includes(status));
  if (unexpected !== undefined) return isWrong(`status ${unexpected.status}`);
  const failed = responses.find(({ status }) => status === null);
  if (failed !== undefined) return isUndecided(`no response: ${failed.failure}`);
  const copy = responses.findLast(({ isCached }) => isCached);
  if (copy === undefined) return isWrong('served by the origin twice');
  const { ageSeconds, limit } = copy;
  if (ageSeconds !== null && limit !== null && ageSeconds > limit.seconds)
    return isWrong(`${count(ageSeconds)} s old, its ${limit.name} is ${count(limit.seconds)} s`);
  if (purge?.served === 'old') return isWrong(`still the old copy ${purgeSeconds} s after the purge`);
  if (purge !== null && purge.status !== null && !purge.isAccepted)
    return isWrong(`its purge got status ${purge.status}`);
  if (ageSeconds === null) return isUndecided('unknown age, no Age header');
  if (limit === null) return isUndecided('unknown maximum age, no max-age or s-maxage');
  if (purgeSeconds === null || purge?.served === 'new') return RIGHT;
  if (purge === null) return isUndecided('a copy from after a purge would look the same');
  return isUndecided(
    purge.failure === null ? 'no usable response after its purge' : `no response to its purge: ${purge.failure}`,
  );
}

/** ` (asset 3: served by the origin twice)`; '' for none. */
const listed = (assets: { asset: string; why: string }[]): string =>
  assets.length === 0 ? '' : ` (${list(assets.slice(0, MAX_LISTED).map(({ asset, why }) => `${asset}: ${why}`))})`;
