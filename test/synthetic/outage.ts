/** An outage with known times, planted into a synthetic run. */
import { ERRORS, NO_REGION, ROW_STATE } from '../../src/formats/recording.ts';
import type { Cohort } from '../../src/formats/timetable.ts';
import type { SyntheticOptions } from './options.ts';

/** An outage with known times, ms since T0. */
export interface Outage {
  region: number;
  fromMs: number;
  toMs: number;
  /** When each cohort starts, and stops, resolving to another region. Never for cohorts not listed. */
  follows: Partial<Record<Cohort, { awayMs: number; backMs: number }>>;
  to: number;
  /**
   * `refused`: fails in a millisecond. `blackhole`: hangs until the timeout. `frozen`: hangs until the heal, then gets
   * its response.
   */
  face: 'refused' | 'blackhole' | 'frozen';
  timeoutMs?: number;
}

/** Plants an outage: requests that start during the outage fail, and go elsewhere from their cohort's switch on. */
export function plantOutage(outage: Outage): NonNullable<SyntheticOptions['plant']> {
  const { region, fromMs, toMs, follows, to, face, timeoutMs = 5000 } = outage;
  return ({ home, role, cohort, operation }, drawn) => {
    if (home !== region || role === 'control' || operation.via === 'edge') return undefined;
    const client = role === 'mix' || role === 'clock' || role === 'topup';
    const moved = client ? follows[cohort] : undefined;
    const beganMs = drawn.startMs;
    if (moved && beganMs >= moved.awayMs && beganMs < moved.backMs) return { requestedRegion: to, servedRegion: to };
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
