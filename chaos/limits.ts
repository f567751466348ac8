/** The schema of an experiment's limits: one for every kind of claim that has a limit. */
import { z } from 'zod';
import { between, wholeBetween } from '../src/config/values.ts';
import { CLAIMS } from '../claims/index.ts';
import type { ExperimentLimit } from '../claims/claim.ts';

/** Longest fault. A longer one is an outage, not an experiment. */
export const MAX_FAULT_SECONDS = 600;

const VALUES = {
  seconds: between(0, MAX_FAULT_SECONDS, 'seconds'),
  ms: between(1, 60_000, 'ms'),
  share: between(0, 1),
  count: wholeBetween(0, 1_000_000),
} satisfies Record<ExperimentLimit['unit'], z.ZodType<number>>;

/** What has no limit in the file is measured but not judged. */
export const experimentLimits = z
  .strictObject(
    Object.fromEntries(
      Object.values(CLAIMS).flatMap(({ limit }) =>
        limit === null ? [] : [[limit.key, VALUES[limit.unit].optional().describe(limit.describe)]],
      ),
    ),
  )
  .prefault({});
