/**
 * The run result, `result.json`: the verdicts and all figures of the reports. It is derived from sealed files alone, so
 * it can be recreated at any time. Renderers read only the result and the plan. Unknown keys are errors. The schema is
 * published as result.schema.json.
 */
import { z } from 'zod';
import type { Figures } from '../claims/measures/index.ts';
import { MEASURES } from '../claims/measures/index.ts';
import { count, maybe } from '../claims/measures/values.ts';
import { CLAIM_KINDS } from '../src/formats/claims.ts';
import { OPERATION_CLASSES } from '../src/formats/plan.ts';

export const VERDICTS = ['PASS', 'FAIL', 'INCONCLUSIVE', 'INVALID', 'ABORTED', 'INFEASIBLE'] as const;
export type Verdict = (typeof VERDICTS)[number];

const cellBase = {
  claim: z.string(),
  kind: z.enum(CLAIM_KINDS),
  subject: z.string().describe('Id of the region, city, tenant, version, pair or target.'),
  gating: z.boolean(),
  status: z.enum(VERDICTS).exclude(['ABORTED']),
  why: z.string().describe('Reason for the status.'),
  total: count.describe('Items evaluated.'),
  bad: count.describe('Bad items.'),
  limitMs: maybe,
  requestsLacking: maybe.describe(
    'Additional requests needed for a decision; 0 if decided, null if no number would do.',
  ),
};

/** The verdict on one cell, by its evidence. Bounds are one-sided 95 % Clopper-Pearson. */
const cell = z.discriminatedUnion('evidence', [
  z.strictObject({
    evidence: z.literal('share'),
    ...cellBase,
    floorMs: maybe,
    maxBadShare: z.number(),
    badShare: maybe,
    lowerShare: maybe,
    upperShare: maybe,
    designEffect: z
      .number()
      .describe('Design effect by time blocks; counts are divided by it before the bounds are computed.'),
    valueMs: maybe.describe('The quantile of the claim (p99 for 1 %); null: it lies among failed requests.'),
  }),
  z.strictObject({
    evidence: z.literal('time'),
    ...cellBase,
    fromMs: maybe.describe('Start of the interval that contains the time.'),
    valueMs: maybe.describe('End of the interval; null: it did not happen, or is unknown.'),
  }),
  z.strictObject({
    evidence: z.literal('count'),
    ...cellBase,
    maxCount: count,
    upperShare: maybe.describe('Upper bound of the wrong share (3/n if none is wrong).'),
  }),
]);

export type CellVerdict = z.output<typeof cell>;
/** A verdict on a share. */
export type ShareVerdict = Extract<CellVerdict, { evidence: 'share' }>;

const validityCheck = z.strictObject({
  id: z.enum([
    'conservation',
    'target-counters',
    'generator-lag',
    'control-series',
    'clock',
    'mix',
    'calibration',
    'generator-cpu',
    'generator-resources',
    'seal',
    'generator-exit',
  ]),
  ok: z.boolean(),
  value: z.string(),
  limit: z.string(),
  note: z.string().describe('Explanation as a sentence.'),
});

export type ValidityCheck = z.output<typeof validityCheck>;

const conservation = z
  .strictObject({
    planned: count,
    recorded: count,
    notYetDue: count,
    interrupted: count,
    missing: count,
    duplicates: count,
    unknown: count,
  })
  .describe(
    'Every planned row is recorded, notYetDue, interrupted or missing. Valid only without missing, duplicate and unknown rows.',
  );

export type Conservation = z.output<typeof conservation>;

const nameAnswers = z.strictObject({
  name: z.string(),
  answers: z
    .array(z.strictObject({ ms: maybe, addresses: z.array(z.string()), error: z.string().nullable() }))
    .describe(
      'The first answer is from before the load (ms null); later ones are changes. `addresses`: used by connections from ' +
        'then on. `error`: why DNS returned none.',
    ),
});

/** DNS answers for a name: the first one and later changes. */
export type NameAnswers = z.output<typeof nameAnswers>;

const distribution = z
  .strictObject({
    n: count,
    bad: count,
    p50: maybe,
    p90: maybe,
    p99: maybe,
    p999: maybe,
    max: maybe,
    edgesMs: z.array(z.number()).describe('Upper edges of log-spaced bins.'),
    counts: z.array(count).describe('Good requests in each bin.'),
  })
  .describe('Latency distribution for display, ms. Not averaged, not merged from percentiles.');

export type Distribution = z.output<typeof distribution>;

const parts = {
  waitedMs: z.number(),
  resolveMs: z.number(),
  connectMs: z.number(),
  pathMs: z.number(),
  serverMs: z.number(),
};

const split = z
  .strictObject({ region: z.string(), class: z.enum(OPERATION_CLASSES), n: count, ...parts })
  .describe(
    'Mean parts of the latency: wait for an earlier request of the client, name lookup, connect, network path, server.',
  );

export type LatencySplit = z.output<typeof split>;

const origin = z.strictObject({
  origin: z.string(),
  home: z.string(),
  n: count,
  withinShare: maybe.describe('Share of good reads within the headline limit. All figures are of reads.'),
  p50Ms: maybe,
  p99Ms: maybe,
  floorMs: z.number().describe('Physical minimum of a read from here.'),
  errorShare: maybe,
  laneP99Ms: z.array(maybe).describe('By region index: p99 of reads sent there; null without requests.'),
  laneN: z.array(count),
});

export type OriginFigures = z.output<typeof origin>;

const series = z.strictObject({
  region: z.string(),
  atMs: z
    .array(z.number())
    .describe('Start of each bucket, ms since T0. Without due requests the values below are null.'),
  ratePerSecond: z.array(maybe),
  p50Ms: z.array(maybe),
  p99Ms: z.array(maybe),
  errorShare: z.array(maybe),
  homeShare: z.array(maybe),
  blockedShare: z
    .array(maybe)
    .describe('By home region: share of requests whose client was still waiting for an earlier one.'),
});

export type RegionSeries = z.output<typeof series>;

const worst = z.strictObject({
  claim: z.string(),
  subject: z.string(),
  row: count,
  origin: z.string(),
  region: z.string(),
  served: z.string().nullable(),
  operation: z.string(),
  cohort: z.string(),
  cold: z.boolean(),
  dueMs: z.number(),
  latencyMs: z.number(),
  ...parts,
  status: count,
  error: z.string(),
  text: z.string().describe('Error text of the client library, or what was wrong with the response.'),
  traceId: z.string(),
});

export type WorstRequest = z.output<typeof worst>;

/** By name of the measure, which defines the schema of its figures. */
const figures = z.strictObject(
  Object.fromEntries(Object.entries(MEASURES).map(([name, { schema }]) => [name, schema])),
) as unknown as z.ZodType<Figures>;

export const resultSchema = z.strictObject({
  version: z.literal(2),
  runId: z.string(),
  verdict: z.enum(VERDICTS).exclude(['INFEASIBLE']),
  exitCode: count,
  why: z.string().describe('Reason for the verdict.'),
  next: z.string().describe("Next step: a command or an edit; '' for PASS."),
  cutShort: z.boolean(),
  judgedAt: z.string(),
  startedAt: z.string().nullable(),
  cells: z.array(cell),
  validity: z.array(validityCheck),
  conservation,
  counters: z.array(z.strictObject({ region: z.string().nullable(), requests: count })),
  calibration: z.array(
    z.strictObject({
      origin: z.int(),
      region: z.int(),
      nominalMs: z.number(),
      p50Ms: z.number(),
      p99Ms: z.number(),
      samples: count,
    }),
  ),
  headline: z
    .strictObject({ limitMs: z.number(), populationShare: z.number(), requestShare: z.number() })
    .describe(
      'Share of the population in cities where 99 % of reads are within the headline limit, and share of all such reads.',
    ),
  origins: z.array(origin),
  series: z.array(series),
  clientLatency: z.record(z.string(), distribution).describe('User requests per region.'),
  regionLatency: z.record(z.string(), distribution).describe('Reads of the probes in each region.'),
  split: z.array(split),
  worst: z.array(worst),
  generator: z.strictObject({
    tool: z.string(),
    lagP50Ms: maybe,
    lagP99Ms: maybe,
    lagMaxMs: maybe,
    clientBlockedShare: z.number(),
    controlP99Ms: maybe,
    cpuShare: maybe,
    stealShare: maybe.describe("Share of the machine's CPU time that its hypervisor gave to other machines."),
    rssBytes: maybe,
  }),
  servers: z.record(z.string(), z.string()).describe("Versions of the target's servers, by name."),
  notes: z
    .array(z.string())
    .describe('Redirects, journey steps that were not sent and requests that were held back, as sentences.'),
  names: z.array(nameAnswers).describe("DNS answers for the target's names; empty if none was resolved."),
  notTested: z.array(z.string()),
  figures,
  journal: z
    .array(z.strictObject({ ms: maybe, text: z.string() }))
    .describe('Events as sentences, ms since T0 (null before T0); empty for load runs.'),
});

export type RunResult = z.output<typeof resultSchema>;
