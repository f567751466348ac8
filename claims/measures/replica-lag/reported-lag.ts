/** What a fault's time looked like in the lag of one replica: what the kinds on reported lag share. */
import type { Asked, Finding } from '../../claim.ts';
import { untested } from '../../claim.ts';
import { firstBiteMs } from '../fault-instants.ts';
import type { Measured } from '../measured.ts';
import type { ReplicaLag } from './schema.ts';

/** `find` what the lag says from the first bite to the last heal; not tested where the target reported none. */
export function inFault(
  { plan, subject }: Asked,
  { instants, figures }: Measured,
  find: (lag: ReplicaLag, fromMs: number, toMs: number) => Finding,
): Finding {
  const lag = figures.replicaLag.find((one) => one.region === plan.regions[subject]!.id);
  const fromMs = firstBiteMs(instants);
  if (lag === undefined || fromMs === null || lag.reportedMs.every((ms) => ms === null))
    return untested('the target reported no lag while the fault lasted.');
  return find(lag, fromMs, Math.max(...instants.map(({ t1Ms }) => t1Ms ?? Infinity)));
}
