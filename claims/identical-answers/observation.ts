/** Responses of all regions to the same requests, as the observer writes them to the journal. */
import { z } from 'zod';

const response = z.strictObject({
  region: z.string(),
  /** Null without a response; `failure` is the reason. */
  status: z.number().nullable(),
  failure: z.string().nullable(),
  /** API version, from the header that the target file names; '' for none. */
  version: z.string(),
  /** Structure of the body without its values: `{id:number,name:string}`. */
  shape: z.string(),
});

export const comparedResponses = z.array(z.strictObject({ request: z.string(), responses: z.array(response) }));

export type ComparedResponses = z.output<typeof comparedResponses>;
export type RegionResponse = z.output<typeof response>;

/**
 * The shape of a body: names and types of a JSON document, an array by its first element; its content type for anything
 * else. Different versions of the same record have the same shape.
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
