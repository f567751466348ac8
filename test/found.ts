/**
 * Judges one kind of claim on the sample run with a fault, with changed figures, in the affected region or for another
 * subject.
 */
import { CLAIMS } from '../claims/index.ts';
import type { Finding, FindingKind } from '../claims/claim.ts';
import { limitClaims } from '../claims/limits.ts';
import type { FaultInstants } from '../claims/measures/fault-instants.ts';
import type { RegionFailover } from '../claims/measures/failover/schema.ts';
import type { Figures } from '../claims/measures/index.ts';
import { RecordingNotes } from '../claims/recording-notes.ts';
import type { ClaimKind, SubjectKind } from '../src/formats/claims.ts';
import type { ExperimentLimits } from '../src/formats/faults.ts';
import { sampleRun } from './sample/run.ts';

/** `limits` contains the limit of this kind. */
export function found(
  kind: ClaimKind,
  limits: ExperimentLimits,
  figures: Partial<Figures>,
  instants: FaultInstants[] = [],
  seen?: unknown,
  about?: { per: SubjectKind; subject: number },
): Finding {
  const { plan, result } = sampleRun('fault');
  const region = plan.experiment!.regions[0]!;
  const regions = { affected: [region], 'affected replicas': [region], evacuated: [region] };
  const claim = limitClaims(limits, regions).find((one) => one.kind === kind)!;
  const measured = {
    instants,
    figures: { ...result.figures, ...figures },
    notes: new RecordingNotes(plan, () => 0),
    observed: () => seen,
  };
  return (CLAIMS[kind] as FindingKind).find(
    { plan, claim: about === undefined ? claim : { ...claim, per: about.per }, subject: about?.subject ?? region },
    measured,
  );
}

/** The failover figures of the sample, repeated for each of these changes, 20 s apart. */
export function faultsWith(changes: Partial<RegionFailover>[]): Pick<Figures, 'failover'> {
  const { failover } = sampleRun('fault').result.figures;
  const faults = changes.map((change, i) => {
    const fault = structuredClone(failover.faults[0]!);
    Object.assign(fault.regions[0]!, change);
    return { ...fault, number: i + 1, t0Ms: fault.t0Ms! + i * 20_000, t1Ms: fault.t1Ms! + i * 20_000 };
  });
  return { failover: { ...failover, faults } };
}
