/** The figures of the failover clock. Definitions: clock.ts and reference/chaos-slo.md section 3.3. */
import { z } from 'zod';
import { count, maybe } from '../values.ts';
import { fisOutcome } from './fis-schema.ts';

const cohort = z
  .strictObject({
    cohort: z.string(),
    requests: count.describe('Due between t0 and t1.'),
    bad: count,
    timed: z.boolean(),
    rtoFromMs: maybe,
    rtoToMs: maybe,
    curve: z
      .strictObject({ atMs: z.array(z.number()), elsewhereShare: z.array(maybe), badShare: z.array(maybe) })
      .describe('Shares of requests that ended in, or hung through, the second that starts at `atMs` (since T0).'),
  })
  .describe('One cohort of a region, or `writes` of all cohorts, including clock clients. Times since t0.');

const region = z.strictObject({
  region: z.string(),
  requests: count.describe('User requests (mix and top-up) with this home region, due between t0 and t1.'),
  bad: count.describe('By the outcome of the last attempt.'),
  clientBlocked: count.describe('Requests whose client was still waiting for an earlier one.'),
  retried: count.describe('Requests with more than one attempt.'),
  timed: z
    .boolean()
    .describe('Whether there were enough requests to measure times: nine a second in a cohort that routing can move.'),
  timedAfter: z.boolean().describe('The same for `fresh` and `ttl` together, for the times after t1.'),
  excludedCohorts: z
    .array(z.string())
    .describe('Cohorts excluded from the times because routing cannot move them, or only at their next request.'),
  unmeasuredCohorts: z.array(z.string()).describe('Cohorts with too few requests to measure times.'),
  timeToImpactMs: maybe.describe('Since t0: end of the first bad request.'),
  failoverMs: maybe.describe('Since t0: end of the first request served well elsewhere.'),
  rtoFromMs: maybe.describe(
    'Since t0: end of the last bad request before recovery. The RTO lies between it and rtoToMs.',
  ),
  rtoToMs: maybe.describe(
    'Since t0: end of the first of the sustained good requests; null: not before t1; both 0: nothing to recover from.',
  ),
  t50Ms: maybe.describe('Since t0: when 50 % of requests were served well elsewhere.'),
  t90Ms: maybe.describe('The same for 90 %.'),
  t99Ms: maybe.describe('The same for 99 %.'),
  failBackMs: maybe.describe('Since t1 (of the last of overlapping faults): when the home share was back to baseline.'),
  recoveryMs: maybe.describe(
    'Since t1: when the error share and the share over the headline limit were back to baseline.',
  ),
  watchedMs: z.number().describe('How long clients were observed after t1.'),
  hasBaseline: z.boolean().describe('Whether there is a baseline to compare with.'),
  namesRegions: z
    .boolean()
    .describe('Whether responses in the baseline named the home region. Without that fail-back cannot be measured.'),
  cohorts: z.array(cohort),
});

const fault = z
  .strictObject({
    number: count,
    kind: z.string(),
    title: z.string(),
    askedMs: maybe.describe('Since T0: first control call of the injection; null: did not happen, as below.'),
    t0Ms: maybe.describe('Since T0: first confirmed to be in effect.'),
    revertMs: maybe.describe('Since T0: start of the revert.'),
    t1Ms: maybe.describe('Since T0: first confirmed to be cleared.'),
    fis: fisOutcome.nullable().describe('What FIS reported; null for a fault without FIS.'),
    regions: z.array(region).describe('One per affected region.'),
  })
  .describe('One fault. Its own times are from the journal, everything else from client rows alone.');

const evacuation = z.strictObject({
  title: z.string(),
  askedMs: maybe.describe('Since T0: when it was requested; null: never.'),
  doneMs: maybe.describe('Since T0: when it responded or timed out; null: unknown.'),
  tookMs: maybe,
  ok: z.boolean().nullable().describe('null: unknown.'),
  message: z.string().describe('The response, or why it failed.'),
  undone: z.boolean().nullable().describe('Whether it was reverted; null: not tried.'),
  watchedMs: z.number().describe('How long clients were observed after `askedMs` while a fault was in effect.'),
  regions: z
    .array(z.strictObject({ region: z.string(), t50Ms: maybe, t99Ms: maybe }))
    .describe(
      'Since `askedMs`: when 50 % and 99 % of the requests of `fresh` and `ttl` clients were served elsewhere.',
    ),
});

export const failoverSchema = z.strictObject({
  faults: z.array(fault),
  evacuation: evacuation.nullable().describe('null for an experiment without one.'),
});

export type FailoverFigures = z.output<typeof failoverSchema>;
export type FaultFigures = FailoverFigures['faults'][number];
export type RegionFailover = FaultFigures['regions'][number];
export type CohortFailover = RegionFailover['cohorts'][number];
export type EvacuationFigures = NonNullable<FailoverFigures['evacuation']>;
