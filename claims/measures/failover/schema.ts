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
      .describe('Shares of requests that ended in, or hung through, the second that begins at `atMs` (since T0).'),
  })
  .describe('One cohort of a region (or its writes, whatever the cohort), with clock clients. Times since t0.');

const region = z.strictObject({
  region: z.string(),
  requests: count.describe('Of people (mix and top-up) at home here, due between t0 and t1.'),
  bad: count,
  clientBlocked: count.describe('Those whose client was still waiting for an earlier one.'),
  retried: count.describe('Those that took more than one attempt; `bad` says how the last one ended.'),
  timed: z
    .boolean()
    .describe('Whether enough rows came for a clock: nine a second in a cohort that a change of routing can move.'),
  timedAfter: z
    .boolean()
    .describe('The same after the heal, of all that come back by themselves (`fresh` and `ttl`) together.'),
  apart: z.array(z.string()).describe('Cohorts left out of its times because nobody promised them another region.'),
  untimed: z.array(z.string()).describe('Cohorts left out of its times for want of rows.'),
  timeToImpactMs: maybe.describe('End of the first bad request, since t0, as everything down to t99Ms.'),
  ttdMs: maybe.describe('End of the first request answered well elsewhere.'),
  rtoFromMs: maybe.describe('Recovery lies between the last bad and the first of the sustained good requests;'),
  rtoToMs: maybe.describe('null: not before t1; both 0: there was nothing to recover from.'),
  t50Ms: maybe.describe('Until so much of what clients at home here ask is answered well elsewhere.'),
  t90Ms: maybe,
  t99Ms: maybe,
  failBackMs: maybe.describe('Since t1 (of the last of the faults that overlap): served at home again as before.'),
  recoveryMs: maybe.describe('Since t1: errors and the share over the headline limit as before.'),
  watchedMs: z.number().describe('How long clients were watched after it.'),
  hasBaseline: z.boolean().describe('Whether a baseline says what "as before" is.'),
  namesRegions: z
    .boolean()
    .describe('Whether answers of the baseline named the home region: without that nothing is known of fail-back.'),
  cohorts: z.array(cohort),
});

const fault = z
  .strictObject({
    number: count,
    kind: z.string(),
    title: z.string(),
    askedMs: maybe.describe('Since T0: when it was asked to start,'),
    t0Ms: maybe.describe('seen to bite,'),
    revertMs: maybe.describe('asked to stop,'),
    t1Ms: maybe.describe('seen to be gone; null: did not happen.'),
    fis: fisOutcome.nullable().describe('What FIS did of it; null where nothing went through FIS.'),
    regions: z.array(region).describe('One per region that the experiment may hurt.'),
  })
  .describe('What one fault did, by the journal (bite and healing) and by client rows alone (everything else).');

const evacuation = z.strictObject({
  title: z.string(),
  askedMs: maybe.describe('Since T0; null: was never asked for.'),
  doneMs: maybe.describe('When it answered, or was given up; null: nobody knows.'),
  tookMs: maybe,
  ok: z.boolean().nullable(),
  message: z.string().describe('What was answered, or why it failed.'),
  undone: z.boolean().nullable().describe('Whether it was taken back; null where nobody tried.'),
  watchedMs: z.number().describe('How long clients were watched from `askedMs` on while something was broken.'),
  regions: z
    .array(z.strictObject({ region: z.string(), t50Ms: maybe, t99Ms: maybe }))
    .describe('Since `askedMs`: until so much is answered well elsewhere, of clients that follow names.'),
});

export const failoverSchema = z.strictObject({
  faults: z.array(fault),
  evacuation: evacuation.nullable().describe('null for an experiment that declares none.'),
});

export type FailoverFigures = z.output<typeof failoverSchema>;
export type FaultFigures = FailoverFigures['faults'][number];
export type RegionFailover = FaultFigures['regions'][number];
export type CohortFailover = RegionFailover['cohorts'][number];
export type EvacuationFigures = NonNullable<FailoverFigures['evacuation']>;
