/** Exhaustion of the generator's machine: ports and file descriptors of lanes and k6, and CPU for region lookups. */
import type { RunPlan } from '../../../src/formats/plan.ts';
import { ERRORS } from '../../../src/formats/recording.ts';
import type { JudgedRow } from '../../../claims/row.ts';
import type { Journal } from '../../../src/formats/journal-lines.ts';
import type { RegionalCheck } from './check.ts';
import { count, list } from '../../../src/formats/words.ts';

export interface ExhaustionFigures {
  /** By errno, counted by the lanes. */
  lanes: { errno: string; times: number }[];
  /** Attempts of k6 that failed for lack of resources. */
  attempts: number;
  /** Region lookups to the harness that failed, for a target without routing of its own. */
  failedLookups: number;
  /** Judged requests with a region lookup, and those whose lookup took longer than SLOW_LOOKUP_US. */
  lookups: { all: number; slow: number };
}

const GENERATOR = ERRORS.indexOf('generator');
const RESOLVE = ERRORS.indexOf('resolve');

/** The harness answers lookups from memory within ms (29 ms at most among 1,678 of a healthy run). */
const SLOW_LOOKUP_US = 1_000_000;
/** With a larger share of slow lookups, clients waited for the harness. */
const MAX_SLOW_SHARE = 0.01;

/** Counts attempts that failed for lack of resources, also those whose retry succeeded. */
export class Exhaustion {
  private readonly isRouted: boolean;
  private attempts = 0;
  private failedLookups = 0;
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
    // With a world's routing a lookup may fail because of the target. Otherwise the harness knows the nearest region.
    if (row.error === RESOLVE && !this.isRouted) this.failedLookups += 1;
  }

  finish(journal: Journal): ExhaustionFigures {
    const counts = new Map<string, number>();
    for (const { errno, count: more } of journal.all('generator-exhausted')) {
      counts.set(errno, (counts.get(errno) ?? 0) + more);
    }
    return {
      lanes: [...counts].map(([errno, times]) => ({ errno, times })),
      attempts: this.attempts,
      failedLookups: this.failedLookups,
      lookups: this.lookups,
    };
  }
}

const SCARCE: Record<string, string> = {
  EADDRNOTAVAIL: 'local ports',
  EMFILE: 'file descriptors per process',
  ENFILE: 'file descriptors',
  ENOBUFS: 'socket buffers',
};

/** One failure is enough: after it every other request may have been affected. */
export function generatorResources({ lanes, attempts, failedLookups, lookups }: ExhaustionFigures): RegionalCheck {
  const isStarved = lookups.slow > MAX_SLOW_SHARE * lookups.all;
  const isScarce = lanes.length > 0 || attempts > 0 || failedLookups > 0;
  const ok = !isScarce && !isStarved;
  const met = [
    ...lanes.map(({ errno, times }) => `${errno} ${count(times)} times in the lanes`),
    ...(attempts > 0 ? [`${count(attempts)} attempts in k6`] : []),
    ...(isStarved ? [`${count(lookups.slow)} of ${count(lookups.all)} region lookups took over 1 s`] : []),
    ...(failedLookups > 0 ? [`${count(failedLookups)} region lookups failed`] : []),
  ];
  const scarce =
    lanes.length > 0 ? list(lanes.map(({ errno }) => SCARCE[errno] ?? errno)) : 'local ports or file descriptors';
  const note = ok
    ? 'The generator had ports and file descriptors to spare.'
    : !isScarce
      ? 'The harness had too little CPU for region lookups: clients waited for it, not for the target.'
      : `The generator ran out of ${scarce}: requests failed because of it, not because of the target.`;
  return {
    id: 'generator-resources',
    ok,
    value: ok ? 'none exhausted' : list(met),
    limit: 'none',
    note,
    regions: null,
  };
}
