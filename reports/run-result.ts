/**
 * The run result, `result.json`: what the judge concluded and the figures that reports draw. Derived from sealed files
 * alone, so it can be made again at any time. Renderers read nothing but this and the plan. Strict: a key that the
 * schema does not know is an error. Published as result.schema.json.
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
  subject: z.string().describe('Region or origin id.'),
  gating: z.boolean(),
  status: z.enum(VERDICTS).exclude(['ABORTED']),
  why: z.string().describe('One sentence: why this status.'),
  total: count.describe('What was looked at,'),
  bad: count.describe('and how much of it was bad.'),
  limitMs: maybe,
  requestsLacking: maybe.describe('Requests that are lacking for a decision; 0 when decided, null when none would do.'),
};

/** A verdict on one cell, by the shape of its evidence. Bounds are one-sided 95 % Clopper-Pearson. */
const cell = z.discriminatedUnion('evidence', [
  z.strictObject({
    evidence: z.literal('share'),
    ...cellBase,
    floorMs: maybe,
    maxBadShare: z.number(),
    badShare: maybe,
    lowerShare: maybe,
    upperShare: maybe,
    designEffect: z.number().describe('By time blocks; counts are divided by it before the bounds.'),
    valueMs: maybe.describe(
      'The quantile that the claim speaks of (p99 of a 1 % claim); null: it falls among failed ones.',
    ),
  }),
  z.strictObject({
    evidence: z.literal('time'),
    ...cellBase,
    fromMs: maybe.describe('The instant lies between this'),
    valueMs: maybe.describe('and this; null: it did not come, or nothing is known of it.'),
  }),
  z.strictObject({
    evidence: z.literal('count'),
    ...cellBase,
    maxCount: count,
    upperShare: maybe.describe('Of all such things at most this share is wrong (3/n where none was).'),
  }),
]);

export type CellVerdict = z.output<typeof cell>;
/** Its evidence is a share of bad ones among all. */
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
  note: z.string().describe('One sentence for people.'),
});

export type ValidityCheck = z.output<typeof validityCheck>;

const conservation = z
  .strictObject({
    planned: count,
    recorded: count,
    notYetDue: count,
    interrupted: count,
    missing: count,
    doubled: count,
    unknown: count,
  })
  .describe('Every planned row: recorded, notYetDue, interrupted or missing; valid only if none is missing.');

export type Conservation = z.output<typeof conservation>;

const nameAnswers = z.strictObject({
  name: z.string(),
  answers: z
    .array(z.strictObject({ ms: maybe, addresses: z.array(z.string()), error: z.string().nullable() }))
    .describe(
      'The first was had before the load (ms null), others where they were other ones. `addresses` are what connections were ' +
        'spread over from then on; `error` says why DNS gave none.',
    ),
});

/** First answers before the load and what DNS said later, by name. */
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
    edgesMs: z.array(z.number()).describe('Upper edges of bins, log-spaced,'),
    counts: z.array(count).describe('and the answered requests in them, for drawing.'),
  })
  .describe('One series for display, ms. Never averaged, never merged from percentiles.');

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
    'Mean parts of the latency: path (round trip and look-up), connect, server, and waiting for the client itself.',
  );

export type LatencySplit = z.output<typeof split>;

const origin = z.strictObject({
  origin: z.string(),
  home: z.string(),
  n: count,
  withinShare: maybe.describe('Share of its reads answered well within the headline limit; all figures are of reads.'),
  p50Ms: maybe,
  p99Ms: maybe,
  floorMs: z.number().describe('The least a read can take from here by physics.'),
  errorShare: maybe,
  laneP99Ms: z.array(maybe).describe('By region index: p99 of what was asked there; null where nothing went.'),
  laneN: z.array(count),
});

export type OriginFigures = z.output<typeof origin>;

const series = z.strictObject({
  region: z.string(),
  atMs: z.array(z.number()).describe('Begins of buckets, ms since T0; null below where nothing was due.'),
  ratePerSecond: z.array(maybe),
  p50Ms: z.array(maybe),
  p99Ms: z.array(maybe),
  errorShare: z.array(maybe),
  homeShare: z.array(maybe),
  blockedShare: z.array(maybe).describe('Of clients at home here: whose client still waited for an earlier request.'),
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
  text: z.string().describe('What the client library said, or what was wrong with the answer.'),
  traceId: z.string(),
});

export type WorstRequest = z.output<typeof worst>;

/** By the name of the measure; each owns the schema of its figures. */
const figures = z.strictObject(
  Object.fromEntries(Object.entries(MEASURES).map(([name, { schema }]) => [name, schema])),
) as unknown as z.ZodType<Figures>;

export const resultSchema = z.strictObject({
  version: z.literal(2),
  runId: z.string(),
  verdict: z.enum(VERDICTS).exclude(['INFEASIBLE']),
  exitCode: count,
  why: z.string().describe('One sentence: why;'),
  next: z.string().describe("and the one command or edit to do next ('' for PASS)."),
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
      'Share of the population whose reads keep the headline limit in 99 % of cases, and of all reads of the mix.',
    ),
  origins: z.array(origin),
  series: z.array(series),
  clientLatency: z.record(z.string(), distribution).describe('Per region, of clients.'),
  regionLatency: z.record(z.string(), distribution).describe('Per region, of probes that stand in it.'),
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
    rssBytes: maybe,
  }),
  servers: z.record(z.string(), z.string()).describe("Versions of the target's servers, by name."),
  answers: z
    .array(z.string())
    .describe('Beside the verdict: redirects, steps of journeys never sent, attempts held back, in sentences.'),
  names: z.array(nameAnswers).describe("What DNS said of the target's names; empty where it was not asked."),
  notTested: z.array(z.string()),
  figures,
  journal: z
    .array(z.strictObject({ ms: maybe, text: z.string() }))
    .describe('In words, ms since T0 (null before T0 was chosen); empty for load runs.'),
});

export type RunResult = z.output<typeof resultSchema>;
