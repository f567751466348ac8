import type { ResponseCheck } from '../src/formats/plan.ts';

/** Characters of a body that a message shows. */
const MAX_SHOWN = 80;

/** Characters of a body from which the shown ones are taken. */
const MAX_READ = 4096;

/**
 * Returns what is wrong with a body, null for nothing. Compiled once per operation. `clean` redacts secrets from what
 * is shown, before it is cut, because a cut secret is not recognized.
 */
export function responseChecker(
  { contains, matches, json, maxBytes }: ResponseCheck,
  clean: (text: string) => string = (text) => text,
): (body: string) => string | null {
  const start = (body: string): string => startOf(clean(body.slice(0, MAX_READ)));
  const pattern = matches === null ? null : new RegExp(matches);
  const keys = json?.path.split('.') ?? [];
  return (body) => {
    if (maxBytes !== null && body.length > maxBytes) return `${body.length} bytes, at most ${maxBytes} expected`;
    if (contains !== null && !body.includes(contains)) return `the body does not contain "${contains}": ${start(body)}`;
    if (pattern && !pattern.test(body)) return `the body does not match /${matches!}/: ${start(body)}`;
    if (!json) return null;
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return `the body is not JSON: ${start(body)}`;
    }
    for (const key of keys) value = Object(value) === value ? own(value as object, key) : undefined;
    if (json.equals === undefined)
      return value === undefined || value === null ? `the body has no ${json.path}: ${start(body)}` : null;
    return value === json.equals
      ? null
      : `${json.path} is ${value === undefined ? 'absent' : clean(JSON.stringify(value)).slice(0, MAX_SHOWN)}, expected ${JSON.stringify(json.equals)}`;
  };
}

const own = (value: object, key: string): unknown =>
  Object.prototype.hasOwnProperty.call(value, key) ? (value as Record<string, unknown>)[key] : undefined;

const startOf = (body: string): string => {
  const line = body.replace(/\s+/g, ' ').trim();
  return line === '' ? 'it is empty' : `it begins "${line.slice(0, MAX_SHOWN)}"`;
};
