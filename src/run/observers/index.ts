/** All observers of a target, in the order of their entries in the journal. */
import type { Cleanup } from '../cleanup.ts';
import type { Journal } from '../journal.ts';
import { cacheScope } from './cache-scope.ts';
import { cost } from './cost.ts';
import { edge } from './edge.ts';
import { finalCartsObserver } from './final-carts.ts';
import { finalReadsObserver } from './final-reads.ts';
import { identicalAnswers } from './identical-answers.ts';
import { inventory } from './inventory.ts';
import { lagReports } from './lag-reports.ts';
import { nearReads } from './near-reads.ts';
import type { ObservedRun, Observer } from './observer.ts';
import { regionHint } from './region-hint.ts';
import { worldCounters, worldTruth } from './world.ts';

const OBSERVERS: Record<string, Observer> = {
  'lag reports': lagReports,
  'final reads': finalReadsObserver,
  'final carts': finalCartsObserver,
  'identical answers': identicalAnswers,
  edge,
  inventory,
  'cache scope': cacheScope,
  'near reads': nearReads,
  'region hint': regionHint,
  'price map': cost,
  "the world's truth": worldTruth,
  "the world's counters": worldCounters,
};

export interface Observers {
  /** Writes the observations into the journal. `t0` is epoch ms, null when nothing was sent. */
  finish(t0: number | null): Promise<void>;
}

/** Starts all observers that apply to the run; `cleanup` stops them if the run fails. */
export function observe(run: ObservedRun, journal: Journal, cleanup: Cleanup): Observers {
  const observations = Object.entries(OBSERVERS).flatMap(([name, begin]) => {
    const observation = begin(run);
    if (observation) cleanup.add(name, () => observation.stop());
    return observation ? [observation] : [];
  });
  return {
    async finish(t0) {
      for (const observation of observations) {
        for (const event of await observation.finish(t0)) journal.write(event);
      }
    },
  };
}
