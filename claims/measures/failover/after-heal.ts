/** How long after the heal something was as it should be, against a limit. */
import { seconds } from '../../../src/formats/words.ts';
import type { Finding } from '../../claim.ts';
import { returning, sumOf, tooFew } from './findings.ts';
import type { RegionFailover } from './schema.ts';

/** `valueMs` after the heal clients were `what`; null if they never were while they were watched. */
export function afterHeal(limitMs: number, f: RegionFailover, valueMs: number | null, what: string): Finding {
  const seen = { fromMs: valueMs, valueMs, ...sumOf(returning(f)) };
  const limit = `at most ${seconds(limitMs)} allowed`;
  if (!f.timedAfter) return { status: 'INCONCLUSIVE', why: tooFew(f), ...seen };
  if (!f.hasBaseline) {
    const why = `Not tested: there is no baseline that says what "${what}" is.`;
    return { status: 'INCONCLUSIVE', why, ...seen };
  }
  if (valueMs !== null) {
    const status = valueMs <= limitMs ? 'PASS' : 'FAIL';
    return { status, why: `Clients were ${what} ${seconds(valueMs)} after the heal; ${limit}.`, ...seen };
  }
  const never = `Clients were not ${what} in the ${seconds(f.watchedMs)} after the heal that were watched`;
  return f.watchedMs < limitMs
    ? { status: 'INCONCLUSIVE', why: `${never}; ${limit}, so nothing is decided.`, ...seen }
    : { status: 'FAIL', why: `${never}; ${limit}.`, ...seen };
}
