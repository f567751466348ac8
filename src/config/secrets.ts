/** Secrets of a target: `${NAME}` in headers, paths and bodies. Only names pass through the harness; k6 fills them. */
import { templateParts } from '../formats/template.ts';
import type { Report } from './issue.ts';
import { isSecretName } from './secret-names.ts';
import { secretShape } from './secret-shapes.ts';

/** Header values in which `${NAME}` stands for an environment variable. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Stands for what is filled in later; digits, so that JSON stays JSON. */
const FILLED = '80608060806080';

/** Values that are no secret under any name. */
const EMPTY = /^(?:|true|false|null|undefined|none|0|\*+)$/i;

/** Names of the environment variables that a header's value refers to, in order, each once. */
export const namesIn = (value: string): string[] => [...new Set([...value.matchAll(REFERENCE)].map((m) => m[1]!))];

/** Says of what stands in clear text that it must not, without repeating it. */
export const reportSecret = (path: PropertyKey[], what: string, report: Report): void =>
  report(path, '`${NAME}`, filled from the environment', {
    what: `${what} must not stand in a file`,
    got: 'a value in clear text',
    next: 'Put the value into an environment variable and name it here.',
  });

/** What a header would put into the plan in clear text, in words; null for nothing. */
export function secretInHeader(name: string, value: string): string | null {
  const filled = value.replaceAll(REFERENCE, FILLED);
  if (value.trim() === '') return null;
  if (isSecretName(name)) {
    if (!filled.includes(FILLED)) return `\`${name}\``;
    // One of several cookies may still stand there in clear.
    if (/^cookie2?$/i.test(name)) return secretAmong(pairsOf(filled, /;\s*/), 'cookie');
    return null;
  }
  // A scheme and a word: no header but one of credentials has that.
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

/** Whether a line of a file that cannot be read may hold a secret in clear text: it is not repeated then. */
export const holdsSecret = (line: string): boolean =>
  [...line.matchAll(/([\w.$-]+)["'\\]*\s*[:=]\s*[^\s]/g)].some(([, name]) => isSecretName(name!)) ||
  secretShape(line) !== null ||
  /\bBearer\s/i.test(line);

const filledIn = (template: string): string =>
  templateParts(template)
    .map((part) => (part.kind === 'text' ? part.text : FILLED))
    .join('');

/** What is filled in has no shape yet; braces belong to none. */
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

/** Every named value of a body, and of text within it that is itself such a body. */
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

/** Text that is no JSON: quoted values (also of GraphQL and of JSON with a flaw), XML, multipart, forms. */
function* fieldsOfText(text: string): Generator<[string, string]> {
  for (const [, name, value] of text.matchAll(/([\w.$-]+)["'\\]*\s*[:=]\s*\\*["']([^"'\\]*)/g)) yield [name!, value!];
  for (const [, name, value] of text.matchAll(/"([\w.-]+)"\s*:\s*(-?\d[\d.]*)/g)) yield [name!, value!];
  for (const [, name, value] of text.matchAll(/<(?:\w+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]+)</g)) yield [name!, value!];
  for (const [, name, value] of text.matchAll(/\bname="([^"]+)"[^\n]*\r?\n(?:[^\n]+\n)*?\r?\n([^\r\n]*)/g)) {
    yield [name!, value!];
  }
  if (/^[^\s=&{}<>"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*\s*$/.test(text)) yield* pairsOf(text.trim(), '&');
}
