/** Convergence: how long after the fault clears every region shows what the others wrote during it. */
import { count, seconds } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { CartFigures } from '../measures/carts/schema.ts';

export const convergence: FindingKind = {
  judges: 'figures',
  evidence: 'time',
  subjects: ['region'],
  item: 'request',
  badName: 'bad',
  limit: {
    key: 'convergenceSeconds',
    unit: 'seconds',
    describe: 'Maximum time after t1 until every region shows what the other regions wrote during the fault.',
    words: (value) => `convergence ${value} s`,
    title: (value) => `every region shows the other regions' writes within ${value} s of the fault clearing`,
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: false,
  needs: ['cart'],
  block: 'carts',
  find: ({ claim, subject }, { figures }) => find(claim.limitMs!, figures.carts, subject),
};

function find(limitMs: number, figures: CartFigures | null, region: number): Finding {
  const limit = `the limit is ${seconds(limitMs)}`;
  const its = figures?.regions[region];
  if (!figures || !its) return untested(`no cart edit was acknowledged; ${limit}.`);
  const { fromMs, toMs, reads, unseen } = its;
  const differing = figures.differing ?? 0;
  const seen = { fromMs, toMs, total: reads, bad: 0 };
  // Carts that differ after the load ended have not converged, whatever clients read before.
  if (differing > 0 && figures.readAfterMs !== null) {
    const status = figures.readAfterMs > limitMs ? 'FAIL' : 'INCONCLUSIVE';
    const why = `Carts still different between regions ${seconds(figures.readAfterMs)} after the fault cleared: ${count(differing)}; ${limit}.`;
    return { status, why, ...seen, toMs: null };
  }
  if (fromMs === null)
    return untested(
      figures.during === 0
        ? `no cart edit was acknowledged during the fault; ${limit}.`
        : `no client of ${its.region} read another region's write after the fault cleared; ${limit}.`,
    );
  const blind = unseen === 0 ? '' : ` Carts not read there: ${count(unseen)}.`;
  if (fromMs > limitMs || toMs === null) {
    const why = `Other regions' writes from during the fault were still missing ${seconds(fromMs)} after it cleared; ${limit}.${blind}`;
    return { status: fromMs > limitMs ? 'FAIL' : 'INCONCLUSIVE', why, ...seen };
  }
  const status = toMs <= limitMs && unseen === 0 && figures.unclear === 0 ? 'PASS' : 'INCONCLUSIVE';
  const unclear =
    figures.unclear === 0
      ? ''
      : ` Acknowledged edits without the versions they read and wrote: ${count(figures.unclear)}.`;
  const why = `Other regions' writes from during the fault were visible between ${seconds(fromMs)} and ${seconds(toMs)} after it cleared; ${limit}.${blind}${unclear}`;
  return { status, why, ...seen };
}
