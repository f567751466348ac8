/** The environment of an experiment and its actions. */
import type { Clock } from './clock.ts';
import type { Failures } from './failures.ts';
import type { WorldDriver } from './world-driver.ts';
import type { RegionInventory, WorldFacts } from './inventory.ts';

/** Durations of the service's own steps, ms of its clock. */
export interface Timing {
  pendingMs: number;
  initiatingMs: number;
  /** From a stop until the fault is undone. */
  rollBackMs: number;
}

export interface Surroundings {
  region: string;
  clock: Clock;
  timing: Timing;
  driver: WorldDriver;
  failures: Failures;
  world: WorldFacts;
  inventory: RegionInventory;
  /** Maximum number of resources per slot of an action. */
  targetsPerAction: number;
  alarmState: (arn: string) => string;
  isLeverEngaged: () => boolean;
}
