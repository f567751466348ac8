/** The schema of geo-profiles/*.yaml: the traffic, its cities and its clients. Gives the Profile of types.ts. */
import { z } from 'zod';
import { type Cohort, COHORTS, NO_RETRIES, type Retries } from '../formats/timetable.ts';
import { ACCESS_KINDS } from '../geo/access.ts';
import { CITIES, cityIdsLike, findCity } from '../geo/atlas.ts';
import type { CheckParams } from './issue.ts';
import type { Profile } from './types.ts';
import { between, checkShares, kebabName, share, shareOrNone, text, toOne, wholeBetween } from './values.ts';

const accessShares = z
  .partialRecord(z.enum(ACCESS_KINDS), shareOrNone)
  .describe('Shares of access networks; sum to 1.');

const originFields = z.strictObject({
  share: share.describe('Share of all requests from this city.'),
  access: accessShares.optional(),
  measuredRttMs: z
    .record(z.string(), between(0.1, 2000, 'ms'))
    .default({})
    .describe('Measured round trips by region id, ms; they override the model.'),
});

const origin = z
  .union([share, originFields])
  .describe('Share of all requests, or a mapping with share, access and measuredRttMs.');

/** More would be a retry storm from a single client. */
const MAX_RETRIES = 5;

const retries = z.strictObject({
  max: wholeBetween(0, MAX_RETRIES, 'retries').describe('Largest number of retries.'),
  backoffMs: between(0, 60_000, 'ms')
    .default(100)
    .describe('Longest delay before the first retry. It doubles with each retry; half of every delay is random.'),
});

export const profileSchema = z
  .strictObject({
    title: text.describe('One line for reports.'),
    arrivals: z
      .strictObject({
        ratePerSecond: between(0.01, 100_000, 'per second').describe('Mean requests per second over all origins.'),
        shape: z
          .enum(['uniform', 'poisson', 'day'])
          .default('poisson')
          .describe('uniform: evenly spaced; poisson: independent users; day: by the local hour of each city.'),
        daySeconds: between(10, 86_400, 'seconds')
          .optional()
          .describe('For `day`: one day is compressed to this length.'),
        startUtcHour: between(0, 24, 'hours')
          .optional()
          .describe('For `day`: hour of the day in UTC at the start of the run.'),
      })
      .describe('Rate and shape of the arrivals.'),
    durationSeconds: wholeBetween(1, 86_400, 'seconds')
      .optional()
      .describe('Judged seconds; left out: as many as the evidence needs.'),
    session: z
      .strictObject({
        meanRequests: between(1, 1000, 'requests').default(5).describe('Mean requests of a session (geometric).'),
        thinkMedianMs: between(0, 600_000, 'ms').default(1000).describe('Median pause between them (lognormal).'),
        thinkSigmaLog: between(0, 3).default(0.6).describe('Sigma of the logarithm of the pause.'),
      })
      .prefault({}),
    cohorts: z
      .partialRecord(z.enum(COHORTS), shareOrNone)
      .default({ fresh: 0.1, ttl: 0.6, sticky: 0.25, direct: 0.05 })
      .describe('Shares of clients by how they use DNS and connections; sum to 1.'),
    retries: z
      .partialRecord(z.enum(COHORTS), retries)
      .default({ sticky: { max: 1, backoffMs: 100 } })
      .describe('Retries of each cohort after a failed request; a cohort that is not listed does not retry.'),
    access: accessShares
      .default({ fixed: 0.6, mobile: 0.35, 'data-centre': 0.05 })
      .describe('Access networks of every origin without its own; sum to 1.'),
    tenants: z
      .strictObject({
        count: wholeBetween(1, 65_535).default(200),
        zipfExponent: between(0, 5)
          .default(1.1)
          .describe('0: all tenants get the same share; 1: the first gets twice the share of the second.'),
        homes: z
          .record(kebabName, share)
          .optional()
          .describe('Shares of tenants by jurisdiction of the target; sum to 1. Left out: tenants have no home.'),
        travelShare: shareOrNone
          .optional()
          .describe("With homes: share of visits by users outside their tenant's home; 0 if left out."),
      })
      .prefault({}),
    keys: z
      .strictObject({
        count: wholeBetween(1, 10_000_000).default(5000).describe('Number of records that requests choose from.'),
        zipfExponent: between(0, 5).default(0.9),
      })
      .prefault({}),
    mix: z.record(z.string(), share).describe("Shares by name of the target's operations; sum to 1."),
    origins: z
      .record(
        z.string().superRefine((id, context) => {
          if (findCity(id)) return;
          const params: CheckParams = {
            what: 'unknown city',
            next: 'Use one of these, or add the city to src/geo/data/cities.csv.',
          };
          context.addIssue({
            code: 'custom',
            message: `a city of the atlas, such as ${cityIdsLike(id).join(', ')}`,
            params: { ...params },
          });
        }),
        origin,
      )
      .meta({ propertyNames: { enum: CITIES.map(({ id }) => id) } })
      .describe('Cities of the atlas with their shares; sum to 1.'),
  })
  .superRefine((profile, context) => {
    checkShares(context, ['mix'], profile.mix);
    checkShares(context, ['cohorts'], profile.cohorts);
    checkShares(context, ['access'], profile.access);
    checkTenants(context, profile.tenants);
    const shares: Record<string, number> = {};
    for (const [id, given] of Object.entries(profile.origins)) {
      shares[id] = typeof given === 'number' ? given : given.share;
      if (typeof given === 'object' && given.access) checkShares(context, ['origins', id, 'access'], given.access);
    }
    checkShares(context, ['origins'], shares);
    const { shape } = profile.arrivals;
    const day = (['daySeconds', 'startUtcHour'] as const).filter((key) => profile.arrivals[key] !== undefined);
    for (const key of shape === 'day' ? [] : day) {
      const params: CheckParams = {
        what: `\`arrivals.${key}\` is only allowed with \`shape: day\``,
        got: `\`shape: ${shape}\``,
        next: 'Set `shape: day`, or remove the line.',
        at: 'key',
      };
      context.addIssue({
        code: 'custom',
        path: ['arrivals', key],
        message: '`shape: day`',
        params: { ...params },
      });
    }
  });

function checkTenants(
  context: z.RefinementCtx,
  { homes, travelShare }: { homes?: Record<string, number> | undefined; travelShare?: number | undefined },
): void {
  if (homes !== undefined) checkShares(context, ['tenants', 'homes'], homes);
  if (homes !== undefined || travelShare === undefined) return;
  const params: CheckParams = {
    what: '`travelShare` is only allowed with `homes:`',
    got: 'no `homes:`',
    next: 'Add `homes:`, or remove the line.',
    at: 'key',
  };
  const path = ['tenants', 'travelShare'];
  context.addIssue({ code: 'custom', path, message: '`homes:`', params: { ...params } });
}

/** The Profile of a parsed file. */
export function profileOf(name: string, parsed: z.output<typeof profileSchema>): Profile {
  const { arrivals, durationSeconds, origins, access, ...rest } = parsed;
  const day = arrivals.shape === 'day';
  const fields = Object.entries(origins).map(([city, given]) =>
    typeof given === 'number' ? { city, share: given, measuredRttMs: {} } : { city, ...given },
  );
  const shares = toOne(Object.fromEntries(fields.map(({ city, share: given }) => [city, given])));
  return {
    name,
    ...rest,
    tenants: {
      ...parsed.tenants,
      homes: parsed.tenants.homes === undefined ? null : toOne(parsed.tenants.homes),
      travelShare: parsed.tenants.travelShare ?? 0,
    },
    mix: toOne(parsed.mix),
    origins: fields.map(({ city, access: own, measuredRttMs }) => ({
      city,
      share: shares[city]!,
      access: toOne(own ?? access),
      measuredRttMs,
    })),
    retries: Object.fromEntries(COHORTS.map((cohort) => [cohort, parsed.retries[cohort] ?? NO_RETRIES])) as Record<
      Cohort,
      Retries
    >,
    cohorts: { fresh: 0, ttl: 0, sticky: 0, direct: 0, ...(toOne(parsed.cohorts) as Partial<typeof parsed.cohorts>) },
    arrivals: {
      ratePerSecond: arrivals.ratePerSecond,
      shape: arrivals.shape,
      daySeconds: day ? (arrivals.daySeconds ?? 86_400) : null,
      startUtcHour: day ? (arrivals.startUtcHour ?? 0) : null,
    },
    durationSeconds: durationSeconds ?? null,
  };
}
