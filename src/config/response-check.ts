/** The `check:` block of an operation: what a response must contain besides its status. */
import { z } from 'zod';
import type { ResponseCheck } from '../formats/plan.ts';
import { wholeBetween } from './values.ts';

const PATTERN = 'a JavaScript regular expression';
const JSON_PATH = 'keys and indices joined by dots, such as data.items.0.id';

const isPattern = (given: string): boolean => {
  try {
    return new RegExp(given) instanceof RegExp;
  } catch {
    return false;
  }
};

export const responseCheckSchema = z
  .strictObject({
    contains: z.string().min(1, 'text').optional().describe('Text that the body must contain.'),
    matches: z
      .string()
      .min(1, PATTERN)
      .refine(isPattern, PATTERN)
      .optional()
      .describe('A regular expression that the body must match.'),
    json: z
      .strictObject({
        path: z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, JSON_PATH),
        equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
      })
      .optional()
      .describe('A value of the JSON body; without `equals` it must be present and not null.'),
    maxBytes: wholeBetween(1, 100_000_000, 'bytes').optional().describe('Largest body.'),
  })
  .refine((given) => Object.keys(given).length > 0, 'contains, matches, json or maxBytes')
  .describe('Checks of the body of responses with an expected 2xx status. k6 then has to read every body.');

/** Every key of an ResponseCheck; null for no check. */
export const responseCheckOf = (given: z.output<typeof responseCheckSchema> | undefined): ResponseCheck | null =>
  given === undefined
    ? null
    : {
        contains: given.contains ?? null,
        matches: given.matches ?? null,
        // `equals` must be absent rather than undefined: absent means any value but null.
        json: given.json
          ? given.json.equals === undefined
            ? { path: given.json.path }
            : { path: given.json.path, equals: given.json.equals }
          : null,
        maxBytes: given.maxBytes ?? null,
      };
