/** Reads one YAML file against a schema. Every error has `file:line:column`, got, expected and the next step. */
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument, visit, type Document, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { type ErrorParts, usageError } from '../errors.ts';
import { expectedOf, partsOfIssues } from './issue.ts';
import type { YamlFile, YamlPath } from './places.ts';
import { holdsSecret } from './secrets.ts';

/** Larger files are not configuration. */
const MAX_BYTES = 1_000_000;
/** This many errors are printed in full, this many more by their place; the rest is only counted. */
const MAX_SHOWN = 12;
const MAX_PLACES = 200;

/** Throws one usage error for all errors found, in the order of the file; returns if there are none. */
export function throwMistakes(mistakes: ErrorParts[]): void {
  if (mistakes.length === 0) return;
  if (mistakes.length === 1) throw usageError(mistakes[0]!);
  const inOrder = mistakes.toSorted((a, b) => (a.where ?? '').localeCompare(b.where ?? '', 'en', { numeric: true }));
  const lines = inOrder.slice(0, MAX_SHOWN).map((parts) => `  ${usageError(parts).message}`);
  if (mistakes.length > MAX_SHOWN) {
    const places = placesOf(inOrder.slice(MAX_SHOWN));
    lines.push(`  and ${mistakes.length - MAX_SHOWN} more${places && `, at ${places}`}.`);
  }
  throw usageError({ what: `${mistakes.length} errors in the configuration\n${lines.join('\n')}` });
}

/** `file:line:column, line:column, …`: consecutive places name their file once. Empty if no error is in a file. */
function placesOf(mistakes: ErrorParts[]): string {
  const places = mistakes.flatMap(({ where = '' }) => {
    const found = /^(.+):(\d+:\d+)$/.exec(where);
    return found ? [{ file: found[1]!, at: found[2]! }] : [];
  });
  const words = places
    .slice(0, MAX_PLACES)
    .map(({ file, at }, i) => (places[i - 1]?.file === file ? at : `${file}:${at}`));
  return [...words, ...(places.length > MAX_PLACES ? ['…'] : [])].join(', ');
}

/** The parsed value of a YAML file, and the file with its positions. Throws a usage error that lists every error. */
export async function readYaml<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<{ value: z.output<Schema>; file: YamlFile }> {
  const shown = relative(process.cwd(), path) || path;
  const text = await readText(path, shown);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${shown}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  throwMistakes([...document.errors, ...document.warnings].map((error) => syntaxMistake(error, text, place)));
  throwMistakes(openAliases(document, place));
  const data: unknown = document.toJS();
  if (data === null || data === undefined) {
    throw usageError({
      where: `${shown}:1:1`,
      what: 'the file is empty',
      got: 'no keys',
      expected: 'a mapping',
      next: 'Start from a copy of another file in its folder.',
    });
  }
  const file: YamlFile = {
    path: resolve(path),
    shown,
    at: (at, what = 'value') => place(offsetOf(document, at, what)),
    valueAt: (at) => at.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], data),
  };
  const parsed = schema.safeParse(data, { reportInput: true, error: expectedOf });
  if (!parsed.success) {
    throwMistakes(partsOfIssues(parsed.error.issues, file, schema));
  }
  return { value: parsed.data as z.output<Schema>, file };
}

function syntaxMistake(error: YAMLError, text: string, place: (offset: number) => string): ErrorParts {
  const [offset] = error.pos;
  const where = place(offset);
  if (error.code === 'DUPLICATE_KEY') {
    return {
      where,
      what: 'duplicate key',
      got: `\`${/^[^\s:]*/.exec(text.slice(offset))![0]}\` again`,
      expected: 'each key once',
      next: 'Remove one of the two.',
    };
  }
  if (error.code === 'MULTIPLE_DOCS') {
    const next = 'Remove everything from `---` on.';
    return { where, what: 'several YAML documents in one file', got: '`---`', expected: 'one', next };
  }
  return {
    where,
    what: 'invalid YAML',
    got: holdsSecret(lineAt(text, offset)) ? 'a line that may hold a secret' : shorten(lineAt(text, offset)),
    expected: `YAML (${error.message.split('\n')[0]!.replace(/\.$/, '')})`,
    next: 'Write `key: value` lines; quote text that contains `: `, ` #` or brackets.',
  };
}

/** Aliases (`*name`) are refused: no configuration needs them, and a few nested ones expand without end. */
function openAliases(document: Document.Parsed, place: (offset: number) => string): ErrorParts[] {
  const mistakes: ErrorParts[] = [];
  visit(document, {
    Alias(_, { source, range }) {
      const where = place(range?.[0] ?? 0);
      const next = 'Write the value itself, or quote it if the star is text.';
      mistakes.push({
        where,
        what: 'YAML aliases are not supported',
        got: `\`*${source}\``,
        expected: 'a value',
        next,
      });
    },
  });
  return mistakes;
}

async function readText(path: string, shown: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw usageError({
      where: shown,
      what: 'the file cannot be read',
      got: cause.code ?? cause.message,
      expected: 'a readable YAML file',
      next: 'Check the path and its permissions.',
      cause,
    });
  });
  const next = 'Use a YAML file in UTF-8.';
  if (bytes.length > MAX_BYTES) {
    const expected = `at most ${MAX_BYTES} bytes`;
    throw usageError({ where: shown, what: 'the file is too large', got: `${bytes.length} bytes`, expected, next });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw usageError({
      where: shown,
      what: 'the file is not text',
      got: 'binary data',
      expected: 'UTF-8',
      next,
      cause,
    });
  }
}

const lineAt = (text: string, offset: number): string => {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  return text.slice(start).split('\n', 1)[0]!.trim();
};

const shorten = (line: string): string => JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);

/** Offset in the text of the value (or key) at a path; of the deepest part of the path that exists otherwise. */
function offsetOf(document: Document.Parsed, path: YamlPath, what: 'key' | 'value'): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent: unknown = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true);
    const complete = depth === path.length;
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => String(key) === String(path[depth - 1]));
      if (!pair) continue;
      const node = (complete && what === 'value' ? pair.value : null) ?? pair.key;
      return rangeStart(node) ?? rangeStart(pair.key) ?? 0;
    }
    const start = rangeStart(document.getIn(path.slice(0, depth), true));
    if (start !== undefined) return start;
  }
  return rangeStart(document.contents) ?? 0;
}

const rangeStart = (node: unknown): number | undefined =>
  (node as { range?: readonly [number, number, number] | null } | null | undefined)?.range?.[0];
