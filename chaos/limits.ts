/** What an experiment allows at most: a limit for every kind of claim that has one. */
import { z } from 'zod';
import { between, wholeBetween } from '../src/config/values.ts';
import { CLAIMS } from '../claims/index.ts';
import type { ExperimentLimit } from '../claims/claim.ts';

/** No fault lasts longer; what needs more is not an experiment but an outage. */
export const MOST_FAULT_SECONDS = 600;

const VALUES = {
  seconds: between(0, MOST_FAULT_SECONDS, 'seconds'),
  ms: between(1, 60_000, 'ms'),
  share: between(0, 1),
  count: wholeBetween(0, 1_000_000),
} satisfies Record<ExperimentLimit['unit'], z.ZodType<number>>;

/** Those that the file does not set are measured, and not judged. */
export const experimentLimits = z
  .strictObject(
    Object.fromEntries(
      Object.values(CLAIMS).flatMap(({ limit }) =>
        limit === null ? [] : [[limit.key, VALUES[limit.unit].optional().describe(limit.describe)]],
      ),
    ),
  )
  .prefault({});
