/**
 * Turns zod issues into the parts of an error message. The convention: the message of every check in a schema is what
 * it *expects* ("a share from 0 to 1"). The value it got is added here.
 */
import { z } from 'zod';
import { didYouMean, meantAdvice } from '../did-you-mean.ts';
import type { ErrorParts } from '../errors.ts';
import type { YamlFile, YamlPath } from './places.ts';

/** What a custom check adds to its issue (`ctx.addIssue({ code: 'custom', params })`). */
export interface CheckParams {
  what?: string;
  got?: string;
  next?: string;
  /** Point at the key instead of the value. */
  at?: 'key';
}

/** Adds the issue of such a check. */
export type Report = (path: PropertyKey[], expected: string, params: CheckParams) => void;

const TYPES: Record<string, string> = {
  object: 'a mapping (`key: value` lines)',
  record: 'a mapping (`key: value` lines)',
  array: 'a list (`- value` lines)',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** The expectation of an issue whose check has no message; for `safeParse(…, { error })`. */
export function expectedOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected as string] ?? String(issue.expected);
    case 'invalid_value':
      return `one of ${(issue.values as unknown[]).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return `a list of at least ${String(issue.minimum)}`;
      if (issue.origin === 'string') return 'non-empty text';
      return `${issue.inclusive ? 'at least' : 'more than'} ${String(issue.minimum)}`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${String(issue.maximum)}`;
    default:
      return 'another value';
  }
}

/**
 * The errors of a file, with their places. Two kinds are dropped, because fixing the others fixes them: a missing key
 * that was only mistyped, and a check over several values of which one is invalid.
 */
export function partsOfIssues(issues: z.core.$ZodIssue[], file: YamlFile, schema: z.ZodType): ErrorParts[] {
  const mistyped = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => dotted([...issue.path, didYouMean(key, keysAt(schema, issue.path)) ?? '']))
      : [],
  );
  const invalid = issues.filter((issue) => issue.code !== 'custom').map((issue) => dotted(issue.path));
  return issues
    .filter((issue) => {
      const name = dotted(issue.path);
      if (issue.code === 'custom') return !invalid.some((other) => other === name || other.startsWith(`${name}.`));
      return !(issue.input === undefined && mistyped.includes(name));
    })
    .flatMap((issue) => partsOfIssue(issue, file, schema));
}

/** The errors of one issue. */
function partsOfIssue(issue: z.core.$ZodIssue, file: YamlFile, schema: z.ZodType): ErrorParts[] {
  const { path } = issue;
  const name = path.length === 0 ? 'the file' : `\`${dotted(path)}\``;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, path);
      return issue.keys.map((key) => ({
        where: file.at([...path, key], 'key'),
        what: `unknown key in ${name}`,
        got: `\`${key}\``,
        expected: `one of ${known.join(', ')}`,
        next: meantAdvice(key, known, 'Remove it.'),
      }));
    }
    case 'invalid_union': {
      const branch = intendedBranch(issue.errors);
      if (branch) {
        return branch.flatMap((inner) => partsOfIssue({ ...inner, path: [...path, ...inner.path] }, file, schema));
      }
      break;
    }
    case 'invalid_key':
      return issue.issues.map((inner) => {
        const { what, next } = paramsOf(inner);
        return {
          where: file.at(path, 'key'),
          what: what ?? `unknown key in \`${dotted(path.slice(0, -1))}\``,
          got: `\`${String(path.at(-1))}\``,
          expected: inner.message,
          next: next ?? 'Correct the name.',
        };
      });
    default:
  }
  if (issue.code !== 'custom' && issue.input === undefined) {
    return [
      {
        where: file.at(path.slice(0, -1), 'key'),
        what: `${name} is missing`,
        expected: issue.message,
        next: `Add \`${String(path.at(-1))}:\`.`,
      },
    ];
  }
  const { what, got, next, at } = paramsOf(issue);
  return [
    {
      where: file.at(path, at),
      what: what ?? `${name} is invalid`,
      got:
        got ??
        (mayHoldSecret(path, file.valueAt(path))
          ? 'a value that is not shown (it may hold a secret)'
          : shown(file.valueAt(path))),
      expected: issue.message,
      next: next ?? advice(issue),
    },
  ];
}

/** Headers, bodies and queries may hold a secret: their values are not printed. */
const mayHoldSecret = (path: YamlPath, value: unknown): boolean =>
  path.includes('headers') || path.at(-1) === 'body' || (typeof value === 'string' && /[?@]/.test(value));

const paramsOf = (issue: z.core.$ZodIssue): CheckParams =>
  (issue.code === 'custom' ? ((issue.params as CheckParams | undefined) ?? {}) : {}) satisfies CheckParams;

function advice(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    return meantAdvice(String(issue.input), issue.values.map(String));
  }
  if (issue.code === 'too_small') return issue.origin === 'number' || issue.origin === 'int' ? 'Raise it.' : 'Add one.';
  if (issue.code === 'too_big') return 'Lower it.';
  const quoted = issue.code === 'invalid_type' && typeof issue.input === 'string' && issue.input.trim() !== '';
  if (quoted && !Number.isNaN(Number(issue.input))) return 'Remove the quotes.';
  return 'Correct it.';
}

/** Of a union (`share` or `{ share, access }`), the branch whose type matches and whose content does not. */
const intendedBranch = (branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined =>
  branches.find((issues) => issues.every((i) => i.path.length > 0 || i.code !== 'invalid_type'));

/** `origins.tokyo.share`, `operations[2].path`. */
const dotted = (path: YamlPath): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: YamlPath): string[] {
  let node: JsonNode[] = [jsonSchemaOf(schema)];
  for (const key of path) {
    node = node.flatMap((n) => {
      if (typeof key === 'number') return n.items ? branchesOf(n.items) : [];
      const next = n.properties?.[String(key)] ?? n.additionalProperties;
      return typeof next === 'object' ? branchesOf(next) : [];
    });
  }
  return node.flatMap((n) => Object.keys(n.properties ?? {}).concat(n.propertyNames?.enum ?? []));
}

interface JsonNode {
  properties?: Record<string, JsonNode>;
  propertyNames?: { enum?: string[] };
  additionalProperties?: JsonNode | boolean;
  items?: JsonNode;
  anyOf?: JsonNode[];
}

const branchesOf = (node: JsonNode): JsonNode[] => node.anyOf?.flatMap(branchesOf) ?? [node];

/** The JSON Schema of a file before defaults are filled in. */
export const jsonSchemaOf = (schema: z.ZodType): JsonNode & Record<string, unknown> =>
  z.toJSONSchema(schema, { io: 'input', reused: 'inline' }) as JsonNode & Record<string, unknown>;
