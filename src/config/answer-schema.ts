/** What people write about the answers of an operation beside their status. */
import { z } from 'zod';
import type { AnswerCheck } from '../formats/plan.ts';
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

export const answerSchema = z
  .strictObject({
    contains: z.string().min(1, 'text').optional().describe('Text that the body contains.'),
    matches: z
      .string()
      .min(1, PATTERN)
      .refine(isPattern, PATTERN)
      .optional()
      .describe('A regular expression that the body matches.'),
    json: z
      .strictObject({
        path: z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, JSON_PATH),
        equals: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
      })
      .optional()
      .describe('A value in the JSON body: what it equals, or without `equals` that it is there.'),
    maxBytes: wholeBetween(1, 100_000_000, 'bytes').optional().describe('The longest body.'),
  })
  .refine((given) => Object.keys(given).length > 0, 'contains, matches, json or maxBytes')
  .describe('What answers with an expected 2xx status hold besides; its cost is that bodies are read.');

/** Every key of an AnswerCheck; null for no check. */
export const answerOf = (given: z.output<typeof answerSchema> | undefined): AnswerCheck | null =>
  given === undefined
    ? null
    : {
        contains: given.contains ?? null,
        matches: given.matches ?? null,
        // A key that is not there is another thing than one that is undefined.
        json: given.json
          ? given.json.equals === undefined
            ? { path: given.json.path }
            : { path: given.json.path, equals: given.json.equals }
          : null,
        maxBytes: given.maxBytes ?? null,
      };
