/** An outage whose truth is known, planted into a synthetic run. */
import { ERRORS, NO_REGION, ROW_STATE } from '../../src/formats/recording.ts';
import type { Cohort } from '../../src/formats/timetable.ts';
import type { SyntheticOptions } from './options.ts';

/** An outage with a known truth; instants in ms since T0. */
export interface Outage {
  region: number;
  fromMs: number;
  toMs: number;
  /** When each cohort's look-ups begin, and cease, to name another region. Never for those that are left out. */
  follows: Partial<Record<Cohort, { awayMs: number; backMs: number }>>;
  to: number;
  /**
   * `refused`: fails in a millisecond. `blackhole`: hangs until the time-out. `frozen`: hangs until the heal, then
   * answers.
   */
  face: 'refused' | 'blackhole' | 'frozen';
  timeoutMs?: number;
}

/**
 * Plants an outage: what a client begins while its region is gone fails, and from its cohort's switch on goes
 * elsewhere.
 */
export function plantOutage(outage: Outage): NonNullable<SyntheticOptions['plant']> {
  const { region, fromMs, toMs, follows, to, face, timeoutMs = 5000 } = outage;
  return ({ home, role, cohort, operation }, drawn) => {
    if (home !== region || role === 'control' || operation.via === 'edge') return undefined;
    const client = role === 'mix' || role === 'clock' || role === 'topup';
    const moved = client ? follows[cohort] : undefined;
    const beganMs = drawn.startMs;
    if (moved && beganMs >= moved.awayMs && beganMs < moved.backMs) return { askedRegion: to, servedRegion: to };
    if (beganMs < fromMs || beganMs >= toMs) return undefined;
    if (face === 'frozen') {
      const waitedUs = Math.round((toMs - beganMs) * 1000);
      if (waitedUs < timeoutMs * 1000) return { totalUs: drawn.totalUs + waitedUs };
    }
    return {
      status: 0,
      error: ERRORS.indexOf(face === 'refused' ? 'refused' : 'timeout'),
      state: drawn.state | ROW_STATE.bad,
      servedRegion: NO_REGION,
      source: 0,
      resolveUs: 0,
      totalUs: face === 'refused' ? 1000 : timeoutMs * 1000,
      blockedUs: 0,
      waitingUs: 0,
      serverUs: 0,
    };
  };
}
