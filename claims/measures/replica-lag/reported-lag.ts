/** The lag of one replica during the faults, for the kinds that judge reported lag. */
import type { ClaimCell, Finding } from '../../claim.ts';
import { untested } from '../../claim.ts';
import { firstT0Ms } from '../fault-instants.ts';
import type { Measured } from '../measured.ts';
import type { ReplicaLag } from './schema.ts';

/** Applies `find` to the lag from the first t0 to the last t1; not tested if the target reported none. */
export function inFault(
  { plan, subject }: ClaimCell,
  { instants, figures }: Measured,
  find: (lag: ReplicaLag, fromMs: number, toMs: number) => Finding,
): Finding {
  const lag = figures.replicaLag.find((one) => one.region === plan.regions[subject]!.id);
  const fromMs = firstT0Ms(instants);
  if (lag === undefined || fromMs === null || lag.reportedMs.every((ms) => ms === null))
    return untested('the target reported no replication lag during the fault.');
  return find(lag, fromMs, Math.max(...instants.map(({ t1Ms }) => t1Ms ?? Infinity)));
}
