/**
 * The template syntax of a target's paths and bodies: `{key}` is filled with each request, `${NAME}` from the
 * environment, and a backslash before either (`\{key}`, `\${NAME}`) escapes it. Runs in k6 and in Node.
 */

export const PLACEHOLDERS = ['key', 'tenant', 'row', 'run'] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];

/** A part of a template; `at` is its offset. */
export type TemplatePart =
  | { kind: 'text'; text: string; at: number }
  | { kind: 'placeholder'; name: string; at: number }
  | { kind: 'variable'; name: string; at: number };

/** An odd number of backslashes escapes; pairs are literal, as in JSON. */
const TOKEN = /(\\*)(\$?)\{([A-Za-z_][\w-]*)\}/g;

/** The parts of a template, in order; names of placeholders are not checked. */
export function templateParts(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  const text = (upTo: string, at: number): void => {
    const last = parts.at(-1);
    if (upTo === '') return;
    if (last?.kind === 'text') last.text += upTo;
    else parts.push({ kind: 'text', text: upTo, at });
  };
  for (const match of template.matchAll(TOKEN)) {
    const [whole, slashes, dollar, name] = match as unknown as [string, string, string, string];
    const at = match.index;
    text(template.slice(from, at), from);
    from = at + whole.length;
    if (slashes.length % 2 === 1) text(whole.slice(1), at);
    else {
      text(slashes, at);
      parts.push({ kind: dollar ? 'variable' : 'placeholder', name, at: at + slashes.length });
    }
  }
  text(template.slice(from), from);
  return parts;
}

/** Names of the environment variables in a template, in order, each once. */
export const variablesIn = (template: string): string[] => [
  ...new Set(templateParts(template).flatMap((part) => (part.kind === 'variable' ? [part.name] : []))),
];

/**
 * The first placeholder that could also be a selection of GraphQL, `{settings{key}}`: it follows a word or a `)` within
 * braces that begin with a word, which JSON does not have. Null if there is none.
 */
export function ambiguousPlaceholder(template: string): string | null {
  const open: ('selection' | 'other')[] = [];
  const parts = templateParts(template);
  for (const [i, part] of parts.entries()) {
    if (part.kind === 'text') {
      for (const { 0: brace, index } of part.text.matchAll(/[{}()]/g)) {
        if (brace === '}' || brace === ')') open.pop();
        else if (brace === '(') open.push('other');
        else {
          const rest = part.text.slice(index + 1).trimStart();
          open.push(/^(?:[A-Za-z_]|\.\.\.)/.test(rest) ? 'selection' : 'other');
        }
      }
      continue;
    }
    const before = parts[i - 1];
    const follows = before?.kind === 'text' && /[\w)]\s*$/.test(before.text);
    const isKnown = part.kind === 'placeholder' && (PLACEHOLDERS as readonly string[]).includes(part.name);
    if (isKnown && follows && open.at(-1) === 'selection') return `{${part.name}}`;
  }
  return null;
}

/** How the value of an environment variable is encoded in a template. */
export type Encoding = 'url' | 'json' | 'form' | 'text';

/** Header names compare without case (RFC 9110, 5.1). */
export const headerNamed = (headers: Record<string, string>, name: string): string | undefined =>
  Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/** The encoding of variables in a body of this content type; JSON by default. */
export function bodyEncoding(contentType: string | undefined): Encoding {
  const type = (contentType ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();
  if (/[/+]json$/.test(type)) return 'json';
  return type === 'application/x-www-form-urlencoded' ? 'form' : 'text';
}

/** A value in this encoding; for JSON without quotes, which are in the template. */
export function encoded(value: string, encoding: Encoding): string {
  if (encoding === 'text') return value;
  return encoding === 'json' ? JSON.stringify(value).slice(1, -1) : encodeURIComponent(value);
}
