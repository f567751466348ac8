/** Responses to requests with a region hint, as the observer writes them to the journal. */
import { z } from 'zod';

const request = z.strictObject({
  /** Name of the operation, and whether it writes or must be strongly consistent. */
  operation: z.string(),
  isStrong: z.boolean(),
  /** Null for the request without a hint. */
  hint: z.string().nullable(),
  /** Whether the hint is the id of a region of the target. */
  isKnown: z.boolean(),
  /** Null without a response. */
  status: z.number().nullable(),
  isExpected: z.boolean(),
  /** By the headers that the target observes; '' where a response does not name them. */
  source: z.string(),
  servedBy: z.string(),
});

export const observedHints = z.array(
  z.strictObject({
    /** The region that the requests were sent to. */
    region: z.string(),
    requests: z.array(request),
  }),
);

export type ObservedHints = z.output<typeof observedHints>;
export type HintedRequest = z.output<typeof request>;
