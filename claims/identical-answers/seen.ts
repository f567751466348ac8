/** What every region answered to the same questions, as the observer writes it into the journal. */
import { z } from 'zod';

const answer = z.strictObject({
  region: z.string(),
  /** Null where nothing came; `failure` says why. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  /** Of the API, by the header that the target names; '' for none. */
  version: z.string(),
  /** What the content is made of, without its values: `{id:number,name:string}`. */
  shape: z.string(),
});

export const seenAnswers = z.array(z.strictObject({ question: z.string(), answers: z.array(answer) }));

export type SeenAnswers = z.output<typeof seenAnswers>;
export type SeenAnswer = z.output<typeof answer>;

/**
 * The shape of a content: names and types of a JSON document, an array by its first element; of anything else its
 * content type. Two regions that hold the same data in different versions have the same shape.
 */
export function shapeOf(text: string, contentType: string): string {
  try {
    return jsonShape(JSON.parse(text));
  } catch {
    return contentType.split(';')[0]!.trim();
  }
}

function jsonShape(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${jsonShape(value[0])}]`;
  if (typeof value !== 'object') return typeof value;
  const fields = Object.entries(value).map(([name, of]) => `${name}:${jsonShape(of)}`);
  return `{${fields.toSorted().join(',')}}`;
}
