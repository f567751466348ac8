import type { AnswerCheck } from '../src/formats/plan.ts';

/** Words of a body that go into a report. */
const SHOWN = 80;

/** Of a body, what is looked at for words to show. */
const BEGIN = 4096;

/**
 * Says what is wrong with a body, null for nothing. Compiled once per operation. `clean` takes out of what is shown
 * what nobody may see: before it is cut, for of a secret that is cut nobody knows the rest.
 */
export function answerChecker(
  { contains, matches, json, maxBytes }: AnswerCheck,
  clean: (text: string) => string = (text) => text,
): (body: string) => string | null {
  const start = (body: string): string => startOf(clean(body.slice(0, BEGIN)));
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
      : `${json.path} is ${value === undefined ? 'absent' : clean(JSON.stringify(value)).slice(0, SHOWN)}, expected ${JSON.stringify(json.equals)}`;
  };
}

const own = (value: object, key: string): unknown =>
  Object.prototype.hasOwnProperty.call(value, key) ? (value as Record<string, unknown>)[key] : undefined;

const startOf = (body: string): string => {
  const line = body.replace(/\s+/g, ' ').trim();
  return line === '' ? 'it is empty' : `it begins "${line.slice(0, SHOWN)}"`;
};
