/** Cart winners: no region ends up with a write that a client had already seen and replaced. */
import { count, plural } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { CartFigures, CartRegion } from '../measures/carts/schema.ts';

export const cartWinner: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'cart',
  badName: 'wrong',
  limit: {
    key: 'wrongCartWinners',
    unit: 'count',
    describe: 'Maximum number of carts that end with a superseded, unknown or missing write.',
    words: (value) => `at most ${plural(value, 'cart')} with a wrong winner`,
    title: (value) => `at most ${plural(value, 'cart')} with a wrong winner`,
    phase: 'recovery',
    // A wrong winner replicates to unaffected regions.
    regions: 'all',
  },
  isForLoad: true,
  needs: ['cart'],
  block: 'carts',
  find: ({ claim, subject }, { figures }) => find(claim.maxCount!, figures.carts, subject),
};

/** PASS only if the limit holds even when every unknown winner is taken for a wrong one. */
function find(maxCount: number, figures: CartFigures | null, region: number): Finding {
  const limit = `the limit is ${count(maxCount)}`;
  const its = figures?.regions[region];
  if (!its || its.carts === 0) return untested(`no cart edit was acknowledged; ${limit}.`);
  if (!its.wasRead) {
    const because = its.readFailure === undefined ? '' : ` (${its.readFailure})`;
    return untested(`the carts of ${its.region} could not be read after the run${because}; ${limit}.`);
  }
  const { carts, wrong, unjudged } = its;
  const status = wrong > maxCount ? 'FAIL' : wrong + unjudged > maxCount ? 'INCONCLUSIVE' : 'PASS';
  const open = unjudged === 0 ? '' : ` Unknown for ${count(unjudged)}.`;
  const why = `${count(wrong)} of ${plural(carts, 'cart')} ended with a wrong winner${kindsOf(its)}; ${limit}.${open}`;
  return { status, why, total: carts - unjudged, bad: wrong, fromMs: null, toMs: null };
}

function kindsOf({ ancestors, strangers, gone }: CartRegion): string {
  const words = [
    ancestors > 0 && `superseded write: ${count(ancestors)}`,
    strangers > 0 && `unknown write: ${count(strangers)}`,
    gone > 0 && `missing: ${count(gone)}`,
  ].filter((word) => word !== false);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}
