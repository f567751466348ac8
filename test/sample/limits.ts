/** Limits of an experiment for tests: nothing is limited, unless a test says so. */
import type { ExperimentLimits } from '../../src/formats/faults.ts';

export const NO_LIMITS: ExperimentLimits = {
  rtoMs: null,
  evacuationMs: null,
  failBackMs: null,
  recoveryMs: null,
  lostWrites: null,
  wrongCartWinners: null,
  convergenceMs: null,
  stalenessMs: null,
  readP99Ms: null,
  lagAlertMs: null,
  unreportedLagShare: null,
  badShare: null,
  ownReadMs: null,
  goingBackShare: null,
};
