/**
 * Edge: static assets come from a cache in front of the regions, are not served past their maximum age, and a purge
 * takes effect in time. Each asset is requested twice, and at least one of the responses must come from a cache.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type ObservedAsset, type EdgeObservation, edgeObservation } from './observation.ts';

/** Wrong assets that are listed. */
const MAX_LISTED = 3;

export const edge: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  item: 'asset',
  badName: 'wrong',
  limit: {
    key: 'wrongAssets',
    unit: 'count',
    describe:
      'Maximum number of static assets that the edge does not cache, serves past their maximum age, does not purge in ' +
      'time, or answers with an unexpected status.',
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
  const bad = assets.filter(({ verdict }) => verdict === 'wrong');
  const open = assets.filter(({ verdict }) => verdict === 'undecided');
  const total = assets.length - open.length;
  if (total === 0) return untested(`no asset could be judged${listed(open)}; ${limit}.`);
  const status = bad.length > maxCount ? 'FAIL' : open.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const more = [
    ...(open.length === 0 ? [] : [` ${plural(open.length, 'asset')} could not be judged${listed(open)}.`]),
    ...(seen.purgeSeconds === null ? [' The target declares no purge, so none was tested.'] : []),
  ];
  const are = bad.length === 1 ? 'is' : 'are';
  const why = `${count(bad.length)} of ${plural(total, 'asset')} ${are} wrong at the edge${listed(bad)}; ${limit}.${more.join('')}`;
  return { status, why, total, bad: bad.length, fromMs: null, toMs: null };
}

interface Judged {
  verdict: 'right' | 'wrong' | 'undecided';
  why: string;
}

const RIGHT: Judged = { verdict: 'right', why: '' };
const wrong = (why: string): Judged => ({ verdict: 'wrong', why });
const undecided = (why: string): Judged => ({ verdict: 'undecided', why });

/** The first problem of an asset, or why it cannot be judged. */
function judged({ responses, purge }: ObservedAsset, { expect, purgeSeconds }: EdgeObservation): Judged {
  const unexpected = responses.find(({ status }) => status !== null && !expect.includes(status));
  if (unexpected !== undefined) return wrong(`status ${unexpected.status}`);
  const failed = responses.find(({ status }) => status === null);
  if (failed !== undefined) return undecided(`no response: ${failed.failure}`);
  const copy = responses.findLast(({ isCached }) => isCached);
  if (copy === undefined) return wrong('served by the origin twice');
  const { ageSeconds, limit } = copy;
  if (ageSeconds !== null && limit !== null && ageSeconds > limit.seconds)
    return wrong(`${count(ageSeconds)} s old, its ${limit.name} is ${count(limit.seconds)} s`);
  if (purge?.served === 'old') return wrong(`still the old copy ${purgeSeconds} s after the purge`);
  if (purge !== null && purge.status !== null && !purge.isAccepted)
    return wrong(`its purge got status ${purge.status}`);
  if (ageSeconds === null) return undecided('unknown age, no Age header');
  if (limit === null) return undecided('unknown maximum age, no max-age or s-maxage');
  if (purgeSeconds === null || purge?.served === 'new') return RIGHT;
  if (purge === null) return undecided('not purged: its old copy could not be told from a new one');
  return undecided(
    purge.failure === null ? 'no usable response after its purge' : `no response to its purge: ${purge.failure}`,
  );
}

/** ` (asset 3: served by the origin twice)`; '' for none. */
const listed = (assets: { asset: string; why: string }[]): string =>
  assets.length === 0 ? '' : ` (${list(assets.slice(0, MAX_LISTED).map(({ asset, why }) => `${asset}: ${why}`))})`;
