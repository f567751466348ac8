/** What an experiment and its actions find around them. */
import type { Clock } from './clock.ts';
import type { Failures } from './failures.ts';
import type { Hand } from './hand.ts';
import type { RegionInventory, WorldFacts } from './inventory.ts';

/** How long the service takes over its own steps, ms of its clock. */
export interface Timing {
  pendingMs: number;
  initiatingMs: number;
  /** Between a stop and the moment in which the fault is off. */
  rollBackMs: number;
}

/** Where an experiment lives. */
export interface Surroundings {
  region: string;
  clock: Clock;
  timing: Timing;
  hand: Hand;
  failures: Failures;
  world: WorldFacts;
  inventory: RegionInventory;
  /** How many resources of a slot an action may hit. */
  targetsPerAction: number;
  alarmState: (arn: string) => string;
  isLeverEngaged: () => boolean;
}
