/**
 * What the generator's machine ran out of: ports and file handles, as the lanes and k6 met it, and time for its own
 * look-ups.
 */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { ERRORS } from '../../../src/formats/recording.ts';
import type { JudgedRow } from '../../../claims/row.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import type { SpoilingCheck } from './check.ts';
import { count, list } from '../../../src/formats/words.ts';

export interface ExhaustionFigures {
  /** By errno, as the lanes counted them. */
  lanes: { errno: string; times: number }[];
  /** Attempts of k6 that ended so. */
  attempts: number;
  /** Times that a client of a target without routing of its own could not even ask the harness where to go. */
  unasked: number;
  /** Judged requests that asked the harness where to go, and those that it kept waiting for over SLOW_LOOKUP_US. */
  lookups: { all: number; slow: number };
}

const GENERATOR = ERRORS.indexOf('generator');
const RESOLVE = ERRORS.indexOf('resolve');

/** The harness answers look-ups from its memory, in some ms (29 ms at most among 1,678 of a healthy run). */
const SLOW_LOOKUP_US = 1_000_000;
/** More of them than this, and what clients waited for was the harness. */
const MAX_SLOW_SHARE = 0.01;

/** Counts rows of k6's own exhaustion; every attempt, also one that was made good by the next. */
export class Exhaustion {
  private readonly isRouted: boolean;
  private attempts = 0;
  private unasked = 0;
  private readonly lookups = { all: 0, slow: 0 };

  constructor(plan: RunPlan) {
    this.isRouted = plan.target.world !== null;
  }

  add({ row, judged }: JudgedRow): void {
    if (judged && row.resolveUs > 0) {
      this.lookups.all += 1;
      if (row.resolveUs > SLOW_LOOKUP_US) this.lookups.slow += 1;
    }
    if (row.error === GENERATOR) this.attempts += 1;
    // Only a world's routing can fail to answer; otherwise the harness knows the nearest region itself.
    if (row.error === RESOLVE && !this.isRouted) this.unasked += 1;
  }

  finish(journal: Journal): ExhaustionFigures {
    const counts = new Map<string, number>();
    for (const { errno, count: more } of journal.all('generator-exhausted')) {
      counts.set(errno, (counts.get(errno) ?? 0) + more);
    }
    return {
      lanes: [...counts].map(([errno, times]) => ({ errno, times })),
      attempts: this.attempts,
      unasked: this.unasked,
      lookups: this.lookups,
    };
  }
}

const SCARCE: Record<string, string> = {
  EADDRNOTAVAIL: 'local ports',
  EMFILE: 'file handles of a process',
  ENFILE: 'file handles',
  ENOBUFS: 'socket buffers',
};

/** Once is enough: whoever lacks a port asks for the next one in vain, too. */
export function generatorResources({ lanes, attempts, unasked, lookups }: ExhaustionFigures): SpoilingCheck {
  const isStarved = lookups.slow > MAX_SLOW_SHARE * lookups.all;
  const isScarce = lanes.length > 0 || attempts > 0 || unasked > 0;
  const ok = !isScarce && !isStarved;
  const met = [
    ...lanes.map(({ errno, times }) => `${errno} ${count(times)} times in the lanes`),
    ...(attempts > 0 ? [`${count(attempts)} attempts of k6`] : []),
    ...(isStarved ? [`${count(lookups.slow)} of ${count(lookups.all)} look-ups in the harness took over 1 s`] : []),
    ...(unasked > 0 ? [`${count(unasked)} clients could not ask the harness`] : []),
  ];
  const scarce =
    lanes.length > 0 ? list(lanes.map(({ errno }) => SCARCE[errno] ?? errno)) : 'local ports or file handles';
  const note = ok
    ? 'The generator had ports and file handles to spare.'
    : !isScarce
      ? 'The harness had too little CPU to tell clients where to go: what they waited for says nothing about the target.'
      : `The generator ran out of ${scarce}: what failed for it says nothing about the target.`;
  return { id: 'generator-resources', ok, value: ok ? 'none lacked' : list(met), limit: 'none', note, regions: null };
}
