/** When a region's reads left its replica in a fault, and when they came back to it. */
import { type ClaimCell, type Finding, untested } from '../../claim.ts';
import { firstT0Ms } from '../fault-instants.ts';
import type { Measured } from '../measured.ts';

const SECOND_MS = 1000;

/** Reads of one region by second, between two times, ms since T0. */
export interface ReplicaReads {
  fromMs: number;
  toMs: number;
  seconds: { atMs: number; replica: number; all: number }[];
  /** The share of the replica before the first fault; 0 if it served no read. */
  usualShare: number;
}

/**
 * Applies `find` to the reads of the region in the fault (first t0 to last t1) or after it (last t1 to the end). Not
 * tested if responses named no source, or if the replica served no read before the fault.
 */
export function replicaReads(
  { plan, subject }: ClaimCell,
  { instants, figures }: Measured,
  when: 'fault' | 'recovery',
  find: (reads: ReplicaReads) => Finding,
): Finding {
  const its = figures.dataSources.find(({ region }) => region === plan.regions[subject]!.id);
  const t0Ms = firstT0Ms(instants);
  const t1Ms = Math.max(...instants.map(({ t1Ms: at }) => at ?? Infinity));
  if (its === undefined) return untested('no response named its source.');
  if (t0Ms === null || t1Ms === Infinity) return untested('the fault was not in effect, or was not cleared.');
  const bySecond = its.atMs.map((atMs, i) => ({
    atMs,
    replica: its.reads.replica?.[i] ?? 0,
    all: Object.values(its.reads).reduce((sum, counts) => sum + counts[i]!, 0),
  }));
  const baselineMs = plan.phases.find(({ judged }) => judged)?.fromMs ?? 0;
  const before = bySecond.filter(({ atMs }) => atMs >= baselineMs && atMs + SECOND_MS <= t0Ms);
  const sum = (of: 'replica' | 'all'): number => before.reduce((total, second) => total + second[of], 0);
  const usualShare = sum('all') === 0 ? 0 : sum('replica') / sum('all');
  if (usualShare === 0) return untested('the replica served no read before the fault.');
  const [fromMs, toMs] = when === 'fault' ? [t0Ms, t1Ms] : [t1Ms, plan.durationMs];
  const seconds = bySecond.filter(({ atMs, all }) => atMs + SECOND_MS > fromMs && atMs < toMs && all > 0);
  return seconds.length === 0
    ? untested('no read was served in that time.')
    : find({ fromMs, toMs, seconds, usualShare });
}
