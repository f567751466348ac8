/** Convergence: every region shows what the others wrote while a fault lasted, so long after the heal. */
import { count, seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { CartFigures } from '../measures/carts/schema.ts';

export const convergence: FindingKind = {
  counts: 'findings',
  evidence: 'time',
  subjects: ['region'],
  one: 'request',
  wrong: 'bad',
  limit: {
    key: 'convergenceSeconds',
    unit: 'seconds',
    describe: 'Every region shows what the others wrote meanwhile, from the heal.',
    words: (value) => `every region shows what the others wrote ${value} s after the heal`,
    title: (value) => `every region shows what the others wrote meanwhile ${value} s after the heal`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: false,
  needs: ['cart'],
  block: 'carts',
  find: ({ claim, subject }, { figures }) => find(claim.limitMs!, figures.carts, subject),
};

function find(limitMs: number, figures: CartFigures | null, region: number): Finding {
  const limit = `at most ${seconds(limitMs)} allowed`;
  const its = figures?.regions[region];
  if (!figures || !its) return untested(`no edit of a cart was acknowledged; ${limit}.`);
  const { fromMs, toMs, reads, unseen } = its;
  const apart = figures.differing ?? 0;
  const seen = { fromMs, valueMs: toMs, total: reads, bad: 0 };
  // What differs after everybody fell silent has not converged, whatever clients were shown meanwhile.
  if (apart > 0 && figures.readAfterMs !== null) {
    const status = figures.readAfterMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
    const why = `${count(apart)} carts still differ between the regions ${seconds(figures.readAfterMs)} after the heal; ${limit}.`;
    return { status, why, ...seen, valueMs: null };
  }
  if (fromMs === null)
    return untested(
      figures.during === 0
        ? `no edit of a cart was acknowledged while the fault lasted; ${limit}.`
        : `no client read in ${its.region} after the heal what the others had written; ${limit}.`,
    );
  const blind = unseen === 0 ? '' : ` ${count(unseen)} carts were not read there.`;
  if (fromMs > limitMs || toMs === null) {
    const why = `What the others had written while the fault lasted was still lacking ${seconds(fromMs)} after the heal; ${limit}.${blind}`;
    return { status: fromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE', why, ...seen };
  }
  const status = toMs <= limitMs && unseen === 0 && figures.unclear === 0 ? 'PASS' : 'INCONCLUSIVE';
  const unclear =
    figures.unclear === 0 ? '' : ` ${count(figures.unclear)} acknowledged edits do not say what they made.`;
  const why = `What the others had written while the fault lasted was there between ${seconds(fromMs)} and ${seconds(toMs)} after the heal; ${limit}.${blind}${unclear}`;
  return { status, why, ...seen };
}
