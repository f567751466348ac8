/** Responses of the edge to requests for static assets, as the observer writes them to the journal. */
import { z } from 'zod';

const response = z.strictObject({
  /** Null without a response; `failure` is the reason. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  /** Whether a cache served it: it has an `Age` header, or its source header says `edge`. */
  isCached: z.boolean(),
  /** Since the copy was fetched, by `Age`; null where unknown. */
  ageSeconds: z.number().nullable(),
  /** Maximum age by `Cache-Control`; null where unknown. */
  limit: z.strictObject({ name: z.enum(['s-maxage', 'max-age']), seconds: z.number() }).nullable(),
});

const purge = z.strictObject({
  /** Status of the purge request; null without a response. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  isAccepted: z.boolean(),
  /** What the edge served within the time limit of a purge: a newer copy, or only the old one; null if unknown. */
  served: z.enum(['new', 'old']).nullable(),
});

export const edgeObservation = z.strictObject({
  /** Expected statuses. */
  expect: z.array(z.number()),
  /** Time limit of a purge; null where the target declares none. */
  purgeSeconds: z.number().nullable(),
  assets: z.array(
    z.strictObject({
      asset: z.string(),
      /** To two requests; at least one of them must be a cached copy. */
      responses: z.tuple([response, response]),
      /** Null where nothing was purged: no purge is declared, or the old copy could not be told from a new one. */
      purge: purge.nullable(),
    }),
  ),
});

export type EdgeObservation = z.output<typeof edgeObservation>;
export type ObservedAsset = EdgeObservation['assets'][number];
export type EdgeResponse = z.output<typeof response>;
export type ObservedPurge = z.output<typeof purge>;

/** Cache data of a response. `header` returns a header by name, `source` is the target's source header; '' for none. */
export function edgeResponseOf(status: number, header: (name: string) => string, source: string): EdgeResponse {
  const ageSeconds = ageOf(header('age'));
  const isCached = ageSeconds !== null || source.toLowerCase() === 'edge';
  return { status, failure: null, isCached, ageSeconds, limit: limitOf(header('cache-control')) };
}

/** `Age` by RFC 9111 (5.1): whole seconds, the first of a list; null for anything else. */
function ageOf(header: string): number | null {
  const seconds = /^\s*(\d+)\s*(?:,|$)/.exec(header)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

/** Maximum age in a shared cache (RFC 9111, 4.2.1): `s-maxage`, else `max-age`; both may be quoted. */
function limitOf(cacheControl: string): EdgeResponse['limit'] {
  for (const name of ['s-maxage', 'max-age'] as const) {
    const seconds = new RegExp(`(?:^|[,\\s])${name}\\s*=\\s*"?(\\d+)`, 'i').exec(cacheControl)?.[1];
    if (seconds !== undefined) return { name, seconds: Number(seconds) };
  }
  return null;
}
