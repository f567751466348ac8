/** How the cached routes of a target tell requests apart, as the observer writes it to the journal. */
import { z } from 'zod';

const variant = z.strictObject({
  /** What differs from the request before: `another tenant`, `Authorization`. */
  name: z.string(),
  status: z.number().nullable(),
  /** Whether the response was a copy; it must not be, as it is the first request of its kind. */
  isCopy: z.boolean(),
});

const route = z.strictObject({
  /** `GET /products/{key}`. */
  name: z.string(),
  /** Whether the same request was answered with a copy when it was repeated. */
  isCached: z.boolean(),
  variants: z.array(variant),
});

export const observedScopes = z.array(
  z.strictObject({
    region: z.string(),
    /** Why its inventory could not be read; null if it was. */
    failure: z.string().nullable(),
    routes: z.array(route),
  }),
);

export type ObservedScopes = z.output<typeof observedScopes>;
export type ScopedRoute = z.output<typeof route>;
