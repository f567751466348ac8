/** Source label: a read that names the primary as its source shows every write that was acknowledged before it. */
import { count } from '../../src/formats/words.ts';
import { type Finding, type FindingKind, untested } from '../claim.ts';
import type { DataSources } from '../measures/data-sources/schema.ts';

/** Fewer reads say too little: by the rule of three, none wrong of 100 still allows 3 %. */
const MIN_READS = 100;

export const sourceLabel: FindingKind = {
  judges: 'figures',
  evidence: 'count',
  subjects: ['region'],
  item: 'read',
  badName: 'mislabelled',
  limit: {
    key: 'mislabelledReads',
    unit: 'count',
    describe: 'Maximum number of reads that name the primary as their source and miss an acknowledged write.',
    words: (value) => `mislabelled reads ${value}`,
    title: () => 'reads that name the primary have its data',
    phase: 'recovery',
    regions: 'all',
  },
  isForLoad: true,
  needs: ['tracer'],
  find: ({ plan, subject, claim }, { figures }) =>
    find(
      claim.maxCount!,
      figures.dataSources.find(({ region }) => region === plan.regions[subject]!.id),
    ),
};

function find(maxCount: number, its: DataSources | undefined): Finding {
  if (its === undefined) return untested('no response named its source.');
  const { fromPrimary: total, behind: bad } = its;
  const seen = { total, bad, fromMs: null, toMs: null };
  const found = `${count(bad)} of ${count(total)} reads that named the primary missed an acknowledged write`;
  if (bad > maxCount) return { status: 'FAIL', why: `${found}; the limit is ${count(maxCount)}.`, ...seen };
  if (total >= MIN_READS) return { status: 'PASS', why: `${found}; the limit is ${count(maxCount)}.`, ...seen };
  const why = `only ${count(total)} reads of recently written records named the primary; ${MIN_READS} are needed.`;
  return { ...untested(why), ...seen };
}
