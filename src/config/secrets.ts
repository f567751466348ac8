/** Secrets of a target: `${NAME}` in headers, paths and bodies. Antipode handles only names; k6 fills in the values. */
import { templateParts } from '../formats/template.ts';
import type { Report } from './issue.ts';
import { isSecretName } from './secret-names.ts';
import { secretShape } from './secret-shapes.ts';

/** Header values in which `${NAME}` stands for an environment variable. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Replaces a reference while checking; digits, so that JSON stays valid. */
const FILLED = '80608060806080';

/** Values that are not secrets under any name. */
const EMPTY = /^(?:|true|false|null|undefined|none|0|\*+)$/i;

/** Environment variables that a header value refers to, in order, each once. */
export const namesIn = (value: string): string[] => [...new Set([...value.matchAll(REFERENCE)].map((m) => m[1]!))];

/** Reports a secret in clear text without printing it. */
export const reportSecret = (path: PropertyKey[], what: string, report: Report): void =>
  report(path, '`${NAME}`, filled from the environment', {
    what: `${what} must not be in clear text`,
    got: 'a clear-text value',
    next: 'Put the value into an environment variable and refer to it here.',
  });

/** The clear-text secret in a header, in words; null for none. */
export function secretInHeader(name: string, value: string): string | null {
  const filled = value.replaceAll(REFERENCE, FILLED);
  if (value.trim() === '') return null;
  if (isSecretName(name)) {
    if (!filled.includes(FILLED)) return `\`${name}\``;
    // One of several cookies may still be in clear text.
    if (/^cookie2?$/i.test(name)) return secretAmong(pairsOf(filled, /;\s*/), 'cookie');
    return null;
  }
  // A scheme and a word: only headers with credentials look like that.
  if (/^\s*(?:bearer|negotiate|apikey)\s+\S{3,}/i.test(filled) && !filled.includes(FILLED)) return `\`${name}\``;
  return shapeIn(filled);
}

/** The same for a path with its query. */
export function secretInPath(path: string): string | null {
  const filled = filledIn(path);
  const [before, ...query] = filled.split('?');
  const matrix = pairsOf(before!.split('/').join(';'), ';');
  return secretAmong([...matrix, ...pairsOf(query.join('?'), /[&;]/)], 'parameter') ?? shapeIn(filled);
}

/** The same for a body: JSON, a form, multipart, XML, GraphQL. */
export function secretInBody(body: string): string | null {
  const filled = filledIn(body);
  const fields = [...fieldsOf(filled)];
  return secretAmong(fields, 'field') ?? shapeIn(filled);
}

/** Whether a line of an invalid file may hold a secret in clear text, so that it must not be printed. */
export const holdsSecret = (line: string): boolean =>
  [...line.matchAll(/([\w.$-]+)["'\\]*\s*[:=]\s*[^\s]/g)].some(([, name]) => isSecretName(name!)) ||
  secretShape(line) !== null ||
  /\bBearer\s/i.test(line);

const filledIn = (template: string): string =>
  templateParts(template)
    .map((part) => (part.kind === 'text' ? part.text : FILLED))
    .join('');

/** A reference has no shape until it is filled in; braces match none. */
const shapeIn = (filled: string): string | null => secretShape(filled.replaceAll(FILLED, '{}'));

const secretAmong = (pairs: [name: string, value: string][], what: string): string | null => {
  const found = pairs.find(
    ([name, value]) => isSecretName(name) && !EMPTY.test(value.trim()) && !value.includes(FILLED),
  );
  return found ? `${what} \`${found[0]}\`` : null;
};

function pairsOf(text: string, separator: string | RegExp): [string, string][] {
  return text.split(separator).flatMap((pair) => {
    const at = pair.indexOf('=');
    return at <= 0 ? [] : [[decoded(pair.slice(0, at)).trim(), decoded(pair.slice(at + 1))]];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** Every named value of a body, and of bodies nested in its text. */
function* fieldsOf(text: string): Generator<[name: string, value: string]> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    yield* fieldsOfText(text);
    return;
  }
  yield* fieldsOfJson('', json);
}

function* fieldsOfJson(name: string, value: unknown): Generator<[string, string]> {
  if (Array.isArray(value)) {
    for (const one of value) yield* fieldsOfJson(name, one);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) yield* fieldsOfJson(key, one);
    // Lists of pairs: {"name": "password", "value": "x"}.
    const { name: called, key: keyed, value: has } = value as Record<string, unknown>;
    const label = typeof called === 'string' ? called : keyed;
    if (typeof label === 'string' && (typeof has === 'string' || typeof has === 'number')) yield [label, String(has)];
  } else if (typeof value === 'string') {
    yield [name, value];
    if (value !== '' && !/^[\w\s.,-]*$/.test(value)) yield* fieldsOfText(value);
  } else if (typeof value === 'number') yield [name, String(value)];
}

/** Text that is not JSON: quoted values (also in GraphQL and invalid JSON), XML, multipart, forms. */
function* fieldsOfText(text: string): Generator<[string, string]> {
  for (const [, name, value] of text.matchAll(/([\w.$-]+)["'\\]*\s*[:=]\s*\\*["']([^"'\\]*)/g)) yield [name!, value!];
  for (const [, name, value] of text.matchAll(/"([\w.-]+)"\s*:\s*(-?\d[\d.]*)/g)) yield [name!, value!];
  for (const [, name, value] of text.matchAll(/<(?:\w+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]+)</g)) yield [name!, value!];
  for (const [, name, value] of text.matchAll(/\bname="([^"]+)"[^\n]*\r?\n(?:[^\n]+\n)*?\r?\n([^\r\n]*)/g)) {
    yield [name!, value!];
  }
  if (/^[^\s=&{}<>"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*\s*$/.test(text)) yield* pairsOf(text.trim(), '&');
}
