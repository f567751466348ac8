/**
 * Whether faults reached the clients they are meant to affect. A probe that sees the proxy broken is no proof: if
 * client requests do not pass through it, every limit holds because nothing happened to them.
 *
 * Takes requests (every attempt) of users and clock clients to a region that started while the fault was in effect. A
 * request is affected if it failed or took much longer than is usual for the region. The share of affected requests
 * must exceed what the baseline explains.
 */
import type { ClientHarm } from '../../../src/formats/faults.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { FaultInstants } from '../../../claims/measures/fault-instants.ts';
import { BASELINE, isUser, type JudgedRow, ROLE } from '../../../claims/row.ts';
import { count, list } from '../../../src/formats/words.ts';

/** A fault on every connection affects at least this share of the requests that pass through it. */
const MIN_AFFECTED_SHARE = 0.1;
/** A request that takes this much longer than usual is affected, if the fault itself adds no latency. */
const HUNG_MS = 1_000;
/** Below this probability a fault on some of the connections cannot have missed all clients by chance. */
const MISSED_ALL = 0.001;

/** Width of the bins of durations; the last one holds all longer ones. */
const BIN_MS = 10;
const BINS = 12_001;

interface ImpactOnRegion {
  region: string;
  index: number;
  harm: ClientHarm;
  /** Requests that started in this interval count, ms since T0. */
  fromMs: number;
  toMs: number;
  requests: number;
  failed: number;
  /** Good requests by duration. */
  tookBins: Uint32Array;
  clients: Set<number>;
}

interface Usual {
  requests: number;
  failed: number;
  tookBins: Uint32Array;
}

export class ClientImpact {
  private readonly faults: FaultInstants[];
  private readonly impacts: ImpactOnRegion[][];
  /** By index of the region. */
  private readonly usual = new Map<number, Usual>();

  constructor(plan: RunPlan, faults: FaultInstants[]) {
    this.faults = faults;
    this.impacts = faults.map(({ fault, t0Ms, revertMs }) =>
      (fault.hurts?.regions ?? []).map((region) => ({
        region,
        index: plan.regions.findIndex(({ id }) => id === region),
        harm: fault.hurts!,
        fromMs: t0Ms ?? Infinity,
        toMs: (revertMs ?? Infinity) - releasedMs(fault.hurts!),
        requests: 0,
        failed: 0,
        tookBins: new Uint32Array(BINS),
        clients: new Set(),
      })),
    );
    for (const { index } of this.impacts.flat())
      this.usual.set(index, { requests: 0, failed: 0, tookBins: new Uint32Array(BINS) });
  }

  add(c: JudgedRow): void {
    if (this.usual.size === 0 || c.interrupted || !(isUser(c.role) || c.role === ROLE.clock)) return;
    const usual = this.usual.get(c.row.requestedRegion);
    if (usual === undefined) return;
    if (c.phase === BASELINE) tally(usual, c);
    const { startMs, requestedRegion } = c.row;
    for (const regions of this.impacts) {
      for (const one of regions) {
        if (one.index !== requestedRegion || startMs < one.fromMs || startMs >= one.toMs) continue;
        tally(one, c);
        one.clients.add(c.client);
      }
    }
  }

  /** The faults, with `noImpact` set for those that took effect but reached no client. */
  finish(): FaultInstants[] {
    return this.faults.map((fault, f) => {
      if (fault.t0Ms === null || this.impacts[f]!.length === 0) return fault;
      const words = this.impacts[f]!.map((one) => this.noImpactOn(one));
      return words.every((word) => word !== null) ? { ...fault, noImpact: list(words) } : fault;
    });
  }

  /** Evidence that no request to a region was affected; null if some were, or too few were sent to decide. */
  private noImpactOn(one: ImpactOnRegion): string | null {
    const { region, harm, requests, clients } = one;
    if (one.toMs <= one.fromMs) return null;
    // A fault on some of the connections may have missed all clients by chance.
    if (harm.share < 1 && (1 - harm.share) ** clients.size > MISSED_ALL) return null;
    if (requests === 0) return `no request went to ${region} during the fault`;
    const usual = this.usual.get(one.index)!;
    const slowMs = median(usual.tookBins) + (harm.slowerByMs === null ? HUNG_MS : harm.slowerByMs / 2);
    const before = usual.requests === 0 ? 0 : affectedIn(usual, slowMs) / usual.requests;
    const affected = affectedIn(one, slowMs);
    if (affected / requests >= before + MIN_AFFECTED_SHARE * harm.share * (1 - before)) return null;
    const how = harm.slowerByMs === null ? 'failed or hung' : 'failed or were slower';
    return `${count(affected)} of ${count(requests)} requests to ${region} ${how} during the fault`;
  }
}

/** How long before the revert requests stop counting: those delayed by the fault are released by the revert. */
const releasedMs = ({ share, slowerByMs }: ClientHarm): number => slowerByMs ?? (share < 1 ? HUNG_MS : 0);

function tally(into: Usual, c: JudgedRow): void {
  into.requests += 1;
  if (c.bad) into.failed += 1;
  else into.tookBins[Math.min(BINS - 1, Math.floor(c.row.totalUs / 1000 / BIN_MS))]! += 1;
}

function affectedIn({ failed, tookBins }: Usual, slowMs: number): number {
  let slow = 0;
  for (let bin = Math.ceil(slowMs / BIN_MS); bin < BINS; bin += 1) slow += tookBins[bin]!;
  return failed + slow;
}

/** Median duration of good requests, ms, as the upper edge of its bin; 0 without any. */
function median(bins: Uint32Array): number {
  const half = bins.reduce((sum, inBin) => sum + inBin, 0) / 2;
  if (half === 0) return 0;
  let seen = 0;
  return BIN_MS * (1 + bins.findIndex((inBin) => (seen += inBin) >= half));
}
