/** Judges how long after the fault cleared clients reached a state, against a limit. */
import { seconds } from '../../../src/formats/words.ts';
import type { Finding } from '../../claim.ts';
import { returning, sumOf, tooFew } from './findings.ts';
import type { RegionFailover } from './schema.ts';

/** Clients were `what` at `valueMs` after t1; null if they were not while they were observed. */
export function judgeAfterFault(limitMs: number, f: RegionFailover, valueMs: number | null, what: string): Finding {
  const seen = { fromMs: valueMs, toMs: valueMs, ...sumOf(returning(f)) };
  const limit = `the limit is ${seconds(limitMs)}`;
  if (!f.timedAfter) return { status: 'INCONCLUSIVE', why: tooFew(f), ...seen };
  if (!f.hasBaseline) {
    const why = `Not tested: there is no baseline to compare with.`;
    return { status: 'INCONCLUSIVE', why, ...seen };
  }
  if (valueMs !== null) {
    const status = valueMs <= limitMs ? 'PASS' : 'FAIL';
    return { status, why: `Clients were ${what} ${seconds(valueMs)} after the fault cleared; ${limit}.`, ...seen };
  }
  const never = `Clients were not ${what} within the ${seconds(f.watchedMs)} observed after the fault cleared`;
  return f.watchedMs < limitMs
    ? { status: 'INCONCLUSIVE', why: `${never}; ${limit}, so this is undecided.`, ...seen }
    : { status: 'FAIL', why: `${never}; ${limit}.`, ...seen };
}
