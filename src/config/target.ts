/** The schema of targets/<name>/target.yaml: the system under test and its claims. Gives the Target of types.ts. */
import { isIP } from 'node:net';
import { z } from 'zod';
import { OPERATION_CLASSES } from '../formats/plan.ts';
import { MAX_STEPS } from '../formats/recording.ts';
import { responseCheckOf, responseCheckSchema } from './response-check.ts';
import { defaultClaims } from './default-claims.ts';
import type { CheckParams } from './issue.ts';
import { hostKey } from './hosts.ts';
import { placeholderInAddress } from './arn.ts';
import { fisSchema } from './fis-target.ts';
import { claimOf, claimSchema } from './target-claims.ts';
import { dataBlocks, dataBlocksOf } from './target-data.ts';
import { toxiproxiesOf, toxiproxiesSchema } from './toxiproxies.ts';
import type { Target } from './types.ts';
import { between, kebabName, share, statuses, text, toOne, UNFILLED, wholeBetween } from './values.ts';
import { WORLDS } from './worlds.ts';

/** Whether the value is an unfilled placeholder; adds the issue if it is. */
function isUnfilled(given: string, expected: string, context: z.RefinementCtx): boolean {
  const placeholder = placeholderInAddress(given);
  if (placeholder === null) return false;
  const params: CheckParams = { ...UNFILLED, got: `"${placeholder}"` };
  context.addIssue({ code: 'custom', message: expected, params: { ...params } });
  return true;
}

const HTTP_URL = 'an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com';
const url = z.string(HTTP_URL).superRefine((given, context) => {
  if (isUnfilled(given, HTTP_URL, context)) return;
  const parsed = URL.canParse(given) ? new URL(given) : null;
  const plain = parsed && !parsed.username && !parsed.password && !given.includes('?') && !given.includes('#');
  if (plain && ['http:', 'https:'].includes(parsed.protocol)) return;
  const params: CheckParams = {
    got: parsed?.username || parsed?.password ? 'a URL with credentials' : JSON.stringify(given),
    next: parsed?.username || parsed?.password ? 'Put credentials into `headers:` as `${NAME}`.' : 'Correct it.',
  };
  context.addIssue({ code: 'custom', message: HTTP_URL, params: { ...params } });
});

const PATH = 'a path that starts with / and has no spaces, such as /products/{key}';
const host = text.superRefine(
  (given, context) => void isUnfilled(given, 'a host, such as eu.api.example.com', context),
);

const VERSION = 'a whole number from 1 to 255';
const headers = z
  .record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a header name'), z.string('text; numbers in quotes'))
  .describe(
    'Headers of the request; may contain {key} and {tenant}. `${NAME}` is filled from the environment and never stored.',
  );

const operation = z.strictObject({
  name: kebabName,
  class: z.enum(OPERATION_CLASSES).optional().describe('Left out: read for GET and HEAD, write for the other methods.'),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).optional().describe('GET if left out.'),
  path: z
    .string()
    .regex(/^\/[^\s#]*$/, PATH)
    .superRefine((given, context) => void isUnfilled(given, PATH, context))
    .optional()
    .describe('May contain {key}, {tenant}, and `${NAME}` from the environment; `\\{key}` is literal text.'),
  body: z
    .string()
    .optional()
    .describe(
      'May contain {key}, {tenant}, {row}, {run}, and `${NAME}` from the environment; `\\{key}` is literal text.',
    ),
  headers: headers.default({}),
  expect: statuses.default([200]).describe('Statuses of a successful response.'),
  timeoutMs: wholeBetween(1, 600_000, 'ms').default(5000),
  via: z.enum(['region', 'edge']).default('region').describe('edge: static assets, see edgeUrl.'),
  redirects: z
    .enum(['follow', 'none'])
    .default('follow')
    .describe('follow: within the same origin; none: the redirect is the response.'),
  check: responseCheckSchema.optional(),
  journey: kebabName.optional().describe('A file of scenarios/journeys; leave out method and path then.'),
  steps: z.array(z.string()).max(MAX_STEPS).optional().describe('The operations of the journey, in order.'),
});

const region = z.strictObject({
  id: kebabName.describe('An AWS region, or any name with `city:`.'),
  city: z.string().optional().describe('Its city, one of the atlas; required unless the id is an AWS region.'),
  url: url.optional(),
  replica: z.boolean().default(false).describe('Whether reads are served by a replica.'),
});

/** A response header; Go sends and compares them in canonical form (X-Served-Region). */
const observedHeader = z
  .string()
  .regex(/^[A-Za-z0-9-]*$/, 'a header name, or "" for none')
  .optional();

const ADDRESS = 'an IP address, such as 192.0.2.7';
const address = z.string(ADDRESS).refine((given) => isIP(given) > 0, ADDRESS);

export const targetFields = z.strictObject({
  title: text.optional(),
  world: z.enum(Object.keys(WORLDS)).optional().describe('A local reference system; left out for your own target.'),
  environment: z.enum(['local', 'staging', 'production']).optional(),
  acknowledged: z.boolean().default(false).describe('Set to true once you are allowed to send load to this target.'),
  lanes: z
    .enum(['emulate', 'difference', 'none'])
    .optional()
    .describe(
      'Delay that lanes add to each request: the round trip from its city (emulate, for servers on this machine); the ' +
        'round trip from its city minus the measured one from this machine (difference); nothing (none). ' +
        'Left out: emulate for a world, difference for your own target.',
    ),
  regions: z.array(region).min(1).max(254),
  edgeUrl: url.optional().describe('Base URL of static assets; left out: the regions serve them.'),
  primary: z.string().optional().describe('The region that takes the writes.'),
  jurisdictions: z
    .record(kebabName, z.array(z.string()).min(1))
    .optional()
    .describe('Regions that serve the same tenants, by name. Left out: every region is its own jurisdiction.'),
  versions: z
    .record(z.string().regex(/^([1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/, VERSION), share)
    .default({})
    .describe('Versions of the API in responses, with the share of requests that each should serve; sum to 1.'),
  routing: z
    .strictObject({
      mode: z.enum(['world', 'nearest']).optional(),
      ttlSeconds: between(0, 86_400, 'seconds').optional(),
      healthCheck: z
        .strictObject({
          intervalSeconds: z.literal([10, 30]),
          failureThreshold: wholeBetween(1, 10, 'failed checks in a row'),
        })
        .optional()
        .describe('Health checks of Route 53; `plan` then estimates how long they and the DNS TTL take.'),
    })
    .prefault({}),
  operations: z.array(operation).min(1).max(1000),
  headers: headers.default({}),
  tls: z
    .strictObject({
      caFile: text.optional().describe('PEM file of an additional trusted CA, relative to this file.'),
      certFile: text.optional().describe('PEM file of the client certificate, relative to this file.'),
      keyFile: text.optional().describe('PEM file of its key, relative to this file; read by k6, never copied.'),
    })
    .prefault({}),
  maxRatePerSecond: between(0.01, 100_000, 'per second').describe(
    'Limit for all requests together; no plan exceeds it.',
  ),
  resolve: z
    .record(z.string(), z.union([address, z.array(address).min(1)]))
    .default({})
    .describe(
      'IP addresses by host name, one or a list, instead of DNS; Host header and certificate check stay the same. ' +
        'Each connection uses one address of a list.',
    ),
  allowHosts: z.array(host).default([]).describe('Every host that requests may be sent to.'),
  observe: z
    .strictObject({
      region: observedHeader,
      source: observedHeader,
      version: observedHeader,
      recordVersion: observedHeader,
      serverTiming: observedHeader,
    })
    .prefault({})
    .describe('Response headers that name the server, its data source and its versions.'),
  ...dataBlocks,
  fis: fisSchema.optional(),
  toxiproxies: toxiproxiesSchema(url),
  claims: z.array(claimSchema).min(1).optional().describe('Left out: the default claims that apply.'),
});

export type ParsedTarget = z.output<typeof targetFields>;

/** `x-served-region` -> `X-Served-Region`. */
const canonical = (header: string): string =>
  header.toLowerCase().replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());

/** Response headers of the reference worlds. For other systems only the standard one is assumed. */
const WORLD_OBSERVE: Target['observe'] = {
  region: 'X-Served-Region',
  source: 'X-Data-Source',
  version: 'X-Api-Version',
  recordVersion: 'X-Record-Version',
  serverTiming: 'Server-Timing',
};
const OWN_OBSERVE: Target['observe'] = {
  region: '',
  source: '',
  version: '',
  recordVersion: '',
  serverTiming: 'Server-Timing',
};

/**
 * The Target of a parsed file; `tls` are absolute paths, `folder` is the folder of the file.
 */
export function targetOf(name: string, parsed: ParsedTarget, tls: Target['tls'], folder: string): Target {
  const world = parsed.world ?? null;
  const observe = { ...(world ? WORLD_OBSERVE : OWN_OBSERVE) };
  for (const [what, header] of Object.entries(parsed.observe)) {
    if (header !== undefined) observe[what as keyof typeof observe] = canonical(header);
  }
  const target: Omit<Target, 'claims'> = {
    name,
    title: parsed.title ?? name,
    environment: parsed.environment ?? (world ? 'local' : 'staging'),
    world,
    acknowledged: parsed.acknowledged,
    lanes: parsed.lanes ?? (world ? 'emulate' : 'difference'),
    regions: parsed.regions.map(({ id, city, url: base, replica }) => ({
      id,
      city: city ?? null,
      url: base?.replace(/\/+$/, '') ?? null,
      replica,
    })),
    edgeUrl: parsed.edgeUrl?.replace(/\/+$/, '') ?? null,
    jurisdictions: parsed.jurisdictions ?? Object.fromEntries(parsed.regions.map(({ id }) => [id, [id]])),
    versions: toOne(parsed.versions),
    primary: parsed.primary ?? null,
    routing: {
      mode: parsed.routing.mode ?? (world ? 'world' : 'nearest'),
      ttlSeconds: parsed.routing.ttlSeconds ?? (world ? 5 : 60),
      healthCheck: parsed.routing.healthCheck ?? null,
    },
    operations: parsed.operations.map(operationOf),
    headers: parsed.headers,
    tls,
    resolve: Object.fromEntries(Object.entries(parsed.resolve).map(([name, to]) => [hostKey(name), [to].flat()])),
    maxRatePerSecond: parsed.maxRatePerSecond,
    allowHosts: parsed.allowHosts,
    observe,
    ...dataBlocksOf(parsed),
    fis: parsed.fis ?? null,
    toxiproxies: toxiproxiesOf(parsed.toxiproxies, folder),
  };
  return { ...target, claims: parsed.claims?.map(claimOf) ?? defaultClaims(target) };
}

function operationOf(given: ParsedTarget['operations'][number]): Target['operations'][number] {
  const { method, path, body, check, journey, steps, ...rest } = given;
  return {
    ...rest,
    class: given.class ?? (['GET', 'HEAD', undefined].includes(method) && !journey ? 'read' : 'write'),
    method: method ?? 'GET',
    path: path ?? '',
    body: body ?? null,
    answer: responseCheckOf(check),
    journey: journey ?? null,
    steps: steps ?? [],
  };
}
