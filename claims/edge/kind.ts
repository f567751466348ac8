/**
 * Edge: static assets come from a cache in front of the regions, are not older than they say they may be, and a purge
 * shows in time. Asked for twice, an asset must have come from a cache at the latest the second time.
 */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import { type SeenAsset, type SeenAssets, seenAssets } from './seen.ts';

/** Assets that are named where some are wrong. */
const NAMED = 3;

export const edge: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  one: 'asset',
  wrong: 'wrong',
  limit: {
    key: 'wrongAssets',
    unit: 'count',
    describe: 'Static assets that do not come from the edge, are older than they may be, or outlive a purge.',
    words: (value) => `at most ${plural(value, 'asset')} wrong at the edge`,
    title: (value) => `at most ${plural(value, 'static asset')} wrong at the edge`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  subjects: ['target'],
  needs: [],
  block: 'edge',
  find({ claim }, { observed }) {
    const seen = seenAssets.safeParse(observed('edge'));
    if (!seen.success) return untested('nobody asked an edge for assets.');
    return find(seen.data, claim.maxCount!);
  },
};

function find(seen: SeenAssets, most: number): Finding {
  const limit = `at most ${count(most)} may be`;
  const assets = seen.assets.map((one) => ({ asset: one.asset, ...judged(one, seen) }));
  const wrong = assets.filter(({ verdict }) => verdict === 'wrong');
  const open = assets.filter(({ verdict }) => verdict === 'open');
  const total = assets.length - open.length;
  if (total === 0) return untested(`no asset could be judged${named(open)}; ${limit} wrong.`);
  const status = wrong.length > most ? 'FAIL' : open.length > 0 ? 'INCONCLUSIVE' : 'PASS';
  const more = [
    ...(open.length === 0 ? [] : [` ${plural(open.length, 'asset')} could not be judged${named(open)}.`]),
    ...(seen.purgeSeconds === null ? [' No purge is declared, and none was tried.'] : []),
  ];
  const are = wrong.length === 1 ? 'is' : 'are';
  const why = `${count(wrong.length)} of ${plural(total, 'asset')} ${are} wrong at the edge${named(wrong)}; ${limit}.${more.join('')}`;
  return { status, why, total, bad: wrong.length, fromMs: null, valueMs: null };
}

interface Judged {
  verdict: 'right' | 'wrong' | 'open';
  words: string;
}

const RIGHT: Judged = { verdict: 'right', words: '' };
const wrongly = (words: string): Judged => ({ verdict: 'wrong', words });
const openly = (words: string): Judged => ({ verdict: 'open', words });

/** What is wrong with one asset, the first thing of several; or why nothing can be said of it. */
function judged({ looks, purge }: SeenAsset, { expect, purgeSeconds }: SeenAssets): Judged {
  const odd = looks.find(({ status }) => status !== null && !expect.includes(status));
  if (odd !== undefined) return wrongly(`answered ${odd.status}`);
  const silent = looks.find(({ status }) => status === null);
  if (silent !== undefined) return openly(`no answer, ${silent.failure}`);
  const copy = looks.findLast(({ isCached }) => isCached);
  if (copy === undefined) return wrongly('answered by the origin twice');
  const { ageSeconds, limit } = copy;
  if (ageSeconds !== null && limit !== null && ageSeconds > limit.seconds)
    return wrongly(`${count(ageSeconds)} s old, its ${limit.name} is ${count(limit.seconds)} s`);
  if (purge?.shows === 'old') return wrongly(`still the copy from before the purge after ${purgeSeconds} s`);
  if (purge !== null && purge.status !== null && !purge.isAccepted)
    return wrongly(`its purge was answered ${purge.status}`);
  if (ageSeconds === null) return openly('nothing says how old it is');
  if (limit === null) return openly('nothing says how old it may be');
  if (purgeSeconds === null || purge?.shows === 'new') return RIGHT;
  if (purge === null) return openly('its copy could not be told from one after a purge');
  return openly(purge.failure === null ? 'no answer told after its purge' : `no answer to its purge, ${purge.failure}`);
}

/** ` (asset 3: answered by the origin twice)`, or nothing where there is none. */
const named = (assets: { asset: string; words: string }[]): string =>
  assets.length === 0 ? '' : ` (${list(assets.slice(0, NAMED).map(({ asset, words }) => `${asset}: ${words}`))})`;
