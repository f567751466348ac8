/**
 * Whether clients felt the faults that promise to hurt them. A probe that sees a proxy broken proves nothing for
 * clients whose requests never went through it: then limits hold because nothing happened to anybody.
 *
 * Takes what people and clock clients asked of a region (every attempt) and began while the fault was seen to be there.
 * A request was hurt if it failed, or took that much longer than the region's usual one. As in the baseline there may
 * always be some, a share of them must be hurt that the baseline does not explain.
 */
import type { ClientHarm } from '../../../src/formats/faults.ts';
import type { RunPlan } from '../../../src/formats/plan.ts';
import type { FaultInstants } from '../../../claims/measures/fault-instants.ts';
import { BASELINE, isClient, type JudgedRow, ROLE } from '../../../claims/row.ts';
import { count, list } from '../../../src/formats/words.ts';

/** Of a fault that hits every connection at least this share of requests is hurt, if they go through it at all. */
const LEAST_SHARE = 0.1;
/**
 * What fails or hangs for at least so much longer than usual was hurt, where a fault promises no latency of its own.
 */
const HUNG_MS = 1_000;
/** Chance that a fault which hits some connections only would have met none of so many clients. */
const MISSED_ALL = 0.001;

/** Took so long, by bins of this many ms; the last one holds everything that took longer. */
const BIN_MS = 10;
const BINS = 12_001;

interface Felt {
  region: string;
  index: number;
  harm: ClientHarm;
  /** What began from then to then counts, ms since T0. */
  fromMs: number;
  toMs: number;
  requests: number;
  failed: number;
  /** Answered, by how long they took. */
  tookBins: Uint32Array;
  clients: Set<number>;
}

interface Usual {
  requests: number;
  failed: number;
  tookBins: Uint32Array;
}

export class FeltFaults {
  private readonly faults: FaultInstants[];
  private readonly felt: Felt[][];
  /** By index of the region. */
  private readonly usual = new Map<number, Usual>();

  constructor(plan: RunPlan, faults: FaultInstants[]) {
    this.faults = faults;
    this.felt = faults.map(({ fault, t0Ms, revertMs }) =>
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
    for (const { index } of this.felt.flat())
      this.usual.set(index, { requests: 0, failed: 0, tookBins: new Uint32Array(BINS) });
  }

  add(c: JudgedRow): void {
    if (this.usual.size === 0 || c.interrupted || !(isClient(c.role) || c.role === ROLE.clock)) return;
    const usual = this.usual.get(c.row.askedRegion);
    if (usual === undefined) return;
    if (c.phase === BASELINE) tally(usual, c);
    const { startMs, askedRegion } = c.row;
    for (const regions of this.felt) {
      for (const one of regions) {
        if (one.index !== askedRegion || startMs < one.fromMs || startMs >= one.toMs) continue;
        tally(one, c);
        one.clients.add(c.client);
      }
    }
  }

  /** The faults, with those that nobody felt told; only one that was seen to bite can be such. */
  finish(): FaultInstants[] {
    return this.faults.map((fault, f) => {
      if (fault.t0Ms === null || this.felt[f]!.length === 0) return fault;
      const words = this.felt[f]!.map((one) => this.unfelt(one));
      return words.every((word) => word !== null) ? { ...fault, unfelt: list(words) } : fault;
    });
  }

  /** How many requests to a region were not hurt; null if some were, or too few were sent to say. */
  private unfelt(one: Felt): string | null {
    const { region, harm, requests, clients } = one;
    if (one.toMs <= one.fromMs) return null;
    // By chance a fault of few connections may have met nobody; one of all of them cannot.
    if (harm.share < 1 && (1 - harm.share) ** clients.size > MISSED_ALL) return null;
    if (requests === 0) return `nobody asked ${region} while it lasted`;
    const usual = this.usual.get(one.index)!;
    const slowMs = median(usual.tookBins) + (harm.slowerByMs === null ? HUNG_MS : harm.slowerByMs / 2);
    const before = usual.requests === 0 ? 0 : hurtIn(usual, slowMs) / usual.requests;
    const hurt = hurtIn(one, slowMs);
    if (hurt / requests >= before + LEAST_SHARE * harm.share * (1 - before)) return null;
    const how = harm.slowerByMs === null ? 'failed or hung' : 'failed or were late';
    return `${count(hurt)} of ${count(requests)} requests to ${region} ${how} while it lasted`;
  }
}

/**
 * What is held back by latency is let go when that is taken off: so long before, nothing can be as late as it should
 * be.
 */
const releasedMs = ({ share, slowerByMs }: ClientHarm): number => slowerByMs ?? (share < 1 ? HUNG_MS : 0);

function tally(into: Usual, c: JudgedRow): void {
  into.requests += 1;
  if (c.bad) into.failed += 1;
  else into.tookBins[Math.min(BINS - 1, Math.floor(c.row.totalUs / 1000 / BIN_MS))]! += 1;
}

function hurtIn({ failed, tookBins }: Usual, slowMs: number): number {
  let slow = 0;
  for (let bin = Math.ceil(slowMs / BIN_MS); bin < BINS; bin += 1) slow += tookBins[bin]!;
  return failed + slow;
}

/** Of what was answered, ms, to the bin's end; 0 where nothing was. */
function median(bins: Uint32Array): number {
  const half = bins.reduce((sum, inBin) => sum + inBin, 0) / 2;
  if (half === 0) return 0;
  let seen = 0;
  return BIN_MS * (1 + bins.findIndex((inBin) => (seen += inBin) >= half));
}
