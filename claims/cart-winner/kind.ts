/** Cart winners: what every region shows at the end is no write that somebody had seen and replaced. */
import { count, list, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { CartFigures, CartRegion } from '../measures/carts/schema.ts';

export const cartWinner: FindingKind = {
  counts: 'findings',
  evidence: 'count',
  subjects: ['region'],
  one: 'cart',
  wrong: 'wrong',
  limit: {
    key: 'wrongCartWinners',
    unit: 'count',
    describe: 'Carts whose write lost to its own ancestor.',
    words: (value) => `at most ${plural(value, 'cart')} whose winner is wrong`,
    title: (value) => `at most ${value} carts whose winner lost to its own ancestor`,
    phase: 'recovery',
    // A wrong winner spreads to where nothing was broken.
    regions: 'all',
  },
  isForLoad: true,
  needs: ['cart'],
  block: 'carts',
  find: ({ claim, subject }, { figures }) => find(claim.maxCount!, figures.carts, subject),
};

/** What may be wrong counts as wrong before anything passes. */
function find(most: number, figures: CartFigures | null, region: number): Finding {
  const limit = `at most ${count(most)} may be`;
  const its = figures?.regions[region];
  if (!its || its.carts === 0) return untested(`no edit of a cart was acknowledged; ${limit}.`);
  if (!its.wasRead) {
    const because = its.unreadBecause === undefined ? '' : ` (${its.unreadBecause})`;
    return untested(`${its.region} could not be asked for its carts afterwards${because}; ${limit}.`);
  }
  const { carts, wrong, unjudged } = its;
  const status = wrong > most ? 'FAIL' : wrong + unjudged > most ? 'INCONCLUSIVE' : 'PASS';
  const open = unjudged === 0 ? '' : ` Of ${count(unjudged)} nobody can say it.`;
  const why = `${count(wrong)} of ${count(carts)} carts are wrong at the end${kindsOf(its)}; ${limit}.${open}`;
  return { status, why, total: carts - unjudged, bad: wrong, fromMs: null, valueMs: null };
}

function kindsOf({ ancestors, strangers, gone }: CartRegion): string {
  const words = [
    ancestors > 0 && `${count(ancestors)} hold a write that others had seen and replaced`,
    strangers > 0 && `${count(strangers)} hold nobody's write`,
    gone > 0 && `${count(gone)} are gone`,
  ].filter((word) => word !== false);
  return words.length === 0 ? '' : ` (${list(words)})`;
}
