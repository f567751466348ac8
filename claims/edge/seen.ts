/** What the edge answered when it was asked for static assets, as the observer writes it into the journal. */
import { z } from 'zod';

const look = z.strictObject({
  /** Null where nothing came; `failure` says why. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  /** Whether a cache answered: it said how old its copy is, or the header that says who answers named the edge. */
  isCached: z.boolean(),
  /** Since the copy was fetched, by `Age`; null where nothing says it. */
  ageSeconds: z.number().nullable(),
  /** How old it may be by `Cache-Control`; null where nothing says it. */
  limit: z.strictObject({ name: z.enum(['s-maxage', 'max-age']), seconds: z.number() }).nullable(),
});

const purge = z.strictObject({
  /** What the purge itself was answered; null where nothing came. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  isAccepted: z.boolean(),
  /**
   * What the edge showed within the time that a purge may take: at last a copy from after it, or to the end the one
   * from before; null where neither can be said.
   */
  shows: z.enum(['new', 'old']).nullable(),
});

export const seenAssets = z.strictObject({
  /** Statuses that are as they should be. */
  expect: z.array(z.number()),
  /** What a purge may take until it shows; null where the target declares none. */
  purgeSeconds: z.number().nullable(),
  assets: z.array(
    z.strictObject({
      asset: z.string(),
      /** Asked twice: at the latest the second answer is a copy. */
      looks: z.tuple([look, look]),
      /** Null where nothing was purged: none is declared, or its copy could not be told from a newer one. */
      purge: purge.nullable(),
    }),
  ),
});

export type SeenAssets = z.output<typeof seenAssets>;
export type SeenAsset = SeenAssets['assets'][number];
export type SeenLook = z.output<typeof look>;
export type SeenPurge = z.output<typeof purge>;

/**
 * What an answer says of its copy. `header` gives a header by its name, '' for none; `source` is what the answer says
 * of who gave it.
 */
export function lookOf(status: number, header: (name: string) => string, source: string): SeenLook {
  const ageSeconds = ageOf(header('age'));
  const isCached = ageSeconds !== null || source.toLowerCase() === 'edge';
  return { status, failure: null, isCached, ageSeconds, limit: limitOf(header('cache-control')) };
}

/** `Age` as RFC 9111 (5.1) has it: whole seconds; of a list the first counts, and anything else is no age. */
function ageOf(header: string): number | null {
  const seconds = /^\s*(\d+)\s*(?:,|$)/.exec(header)?.[1];
  return seconds === undefined ? null : Number(seconds);
}

/** How long a shared cache may keep it (RFC 9111, 4.2.1): by `s-maxage`, else by `max-age`; both may be quoted. */
function limitOf(cacheControl: string): SeenLook['limit'] {
  for (const name of ['s-maxage', 'max-age'] as const) {
    const seconds = new RegExp(`(?:^|[,\\s])${name}\\s*=\\s*"?(\\d+)`, 'i').exec(cacheControl)?.[1];
    if (seconds !== undefined) return { name, seconds: Number(seconds) };
  }
  return null;
}
