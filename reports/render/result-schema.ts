/** The published shape of result.json, strict: a key it does not know is an error. Published as result.schema.json. */
import { z } from 'zod';
import { count, dataFigures, maybe } from './data-schema.ts';
import { fisOutcome } from './fis-schema.ts';
import { OPERATION_CLASSES } from '../../src/formats/plan.ts';
import { VERDICTS } from '../../src/formats/run-result.ts';
import type { RunResult } from '../../src/formats/run-result.ts';

const cell = z.strictObject({
  claim: z.string(),
  subject: z.string(),
  gating: z.boolean(),
  status: z.enum(VERDICTS).exclude(['ABORTED']),
  why: z.string(),
  limitMs: maybe,
  floorMs: maybe,
  maxBadShare: z.number(),
  total: count,
  bad: count,
  badShare: maybe,
  lowerShare: maybe,
  upperShare: maybe,
  designEffect: z.number(),
  valueMs: maybe,
  requestsLacking: maybe,
});

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
  note: z.string(),
});

const distribution = z.strictObject({
  n: count,
  bad: count,
  p50: maybe,
  p90: maybe,
  p99: maybe,
  p999: maybe,
  max: maybe,
  edgesMs: z.array(z.number()),
  counts: z.array(count),
});

const parts = {
  waitedMs: z.number(),
  resolveMs: z.number(),
  connectMs: z.number(),
  pathMs: z.number(),
  serverMs: z.number(),
};

const cohort = z.strictObject({
  cohort: z.string(),
  requests: count,
  bad: count,
  timed: z.boolean(),
  rtoFromMs: maybe,
  rtoToMs: maybe,
  curve: z.strictObject({ atMs: z.array(z.number()), elsewhereShare: z.array(maybe), badShare: z.array(maybe) }),
});

const fault = z.strictObject({
  number: count,
  kind: z.string(),
  title: z.string(),
  askedMs: maybe,
  t0Ms: maybe,
  revertMs: maybe,
  t1Ms: maybe,
  fis: fisOutcome.nullable(),
  regions: z.array(
    z.strictObject({
      region: z.string(),
      requests: count,
      bad: count,
      clientBlocked: count,
      retried: count,
      timed: z.boolean(),
      timedAfter: z.boolean(),
      apart: z.array(z.string()),
      untimed: z.array(z.string()),
      timeToImpactMs: maybe,
      ttdMs: maybe,
      rtoFromMs: maybe,
      rtoToMs: maybe,
      t50Ms: maybe,
      t90Ms: maybe,
      t99Ms: maybe,
      failBackMs: maybe,
      recoveryMs: maybe,
      watchedMs: z.number(),
      hasBaseline: z.boolean(),
      namesRegions: z.boolean(),
      cohorts: z.array(cohort),
    }),
  ),
});

const evacuation = z.strictObject({
  title: z.string(),
  askedMs: maybe,
  doneMs: maybe,
  tookMs: maybe,
  ok: z.boolean().nullable(),
  message: z.string(),
  undone: z.boolean().nullable(),
  watchedMs: z.number(),
  regions: z.array(z.strictObject({ region: z.string(), t50Ms: maybe, t99Ms: maybe })),
});

export const resultSchema = z.strictObject({
  version: z.literal(1),
  runId: z.string(),
  verdict: z.enum(VERDICTS).exclude(['INFEASIBLE']),
  exitCode: count,
  why: z.string(),
  next: z.string(),
  cutShort: z.boolean(),
  judgedAt: z.string(),
  startedAt: z.string().nullable(),
  cells: z.array(cell),
  validity: z.array(validityCheck),
  conservation: z.strictObject({
    planned: count,
    recorded: count,
    notYetDue: count,
    interrupted: count,
    missing: count,
    doubled: count,
    unknown: count,
  }),
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
  headline: z.strictObject({ limitMs: z.number(), populationShare: z.number(), requestShare: z.number() }),
  origins: z.array(
    z.strictObject({
      origin: z.string(),
      home: z.string(),
      n: count,
      withinShare: maybe,
      p50Ms: maybe,
      p99Ms: maybe,
      floorMs: z.number(),
      errorShare: maybe,
      laneP99Ms: z.array(maybe),
      laneN: z.array(count),
    }),
  ),
  series: z.array(
    z.strictObject({
      region: z.string(),
      atMs: z.array(z.number()),
      ratePerSecond: z.array(maybe),
      p50Ms: z.array(maybe),
      p99Ms: z.array(maybe),
      errorShare: z.array(maybe),
      homeShare: z.array(maybe),
      blockedShare: z.array(maybe),
    }),
  ),
  clientLatency: z.record(z.string(), distribution),
  regionLatency: z.record(z.string(), distribution),
  split: z.array(z.strictObject({ region: z.string(), class: z.enum(OPERATION_CLASSES), n: count, ...parts })),
  worst: z.array(
    z.strictObject({
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
      text: z.string(),
      traceId: z.string(),
    }),
  ),
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
  servers: z.record(z.string(), z.string()),
  answers: z.array(z.string()),
  names: z.array(
    z.strictObject({
      name: z.string(),
      answers: z.array(z.strictObject({ ms: maybe, addresses: z.array(z.string()), error: z.string().nullable() })),
    }),
  ),
  notTested: z.array(z.string()),
  faults: z.array(fault),
  evacuation: evacuation.nullable(),
  ...dataFigures,
  journal: z.array(z.strictObject({ ms: maybe, text: z.string() })),
});

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Holds schema and type together: does not compile once they differ. */
const _schemaIsTheType: Same<z.output<typeof resultSchema>, RunResult> = true;
