/** What regions say about their routes, and the responses of these, as the observer writes them to the journal. */
import { z } from 'zod';

/** The inventory of a target: its routes, and where their data may come from. */
export const inventory = z.object({
  routes: z
    .array(
      z.object({
        method: z.string(),
        /** With placeholders: `/products/{key}`. */
        path: z.string(),
        sources: z.array(z.string()),
        /** How old a cached copy may be; null for routes that are not cached. */
        ttlSeconds: z.number().nullable(),
      }),
    )
    .min(1),
});

const response = z.strictObject({
  /** Null without a response; `failure` is the reason. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  /** As the response names it; '' for none. */
  source: z.string(),
  /** By `Age`; null for none. */
  ageSeconds: z.number().nullable(),
});

const route = z.strictObject({
  /** `GET /products/{key}`. */
  name: z.string(),
  sources: z.array(z.string()),
  ttlSeconds: z.number().nullable(),
  responses: z.array(response),
});

export const observedInventories = z.array(
  z.strictObject({
    region: z.string(),
    /** Why its inventory could not be read; null if it was. */
    failure: z.string().nullable(),
    routes: z.array(route),
  }),
);

export type ObservedInventories = z.output<typeof observedInventories>;
export type ObservedRoute = z.output<typeof route>;
export type RouteResponse = z.output<typeof response>;
