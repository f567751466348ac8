/** Checks what is sent to a target: headers, paths, bodies and the client certificate. */
import { meantAdvice } from '../did-you-mean.ts';
import { ambiguousPlaceholder, PLACEHOLDERS, templateParts } from '../formats/template.ts';
import type { Report } from './issue.ts';
import { reportSecret, secretInBody, secretInHeader, secretInPath } from './secrets.ts';
import type { ParsedTarget } from './target.ts';

/** Headers that the player or HTTP itself sets. */
const RESERVED_HEADERS = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'user-agent',
  'traceparent',
  'x-antipode-run',
];

const KNOWN = { path: ['key', 'tenant'], header: ['key', 'tenant'], body: [...PLACEHOLDERS] as string[] };

/** Reports the first error of each kind. */
export function checkTemplate(template: string, what: 'path' | 'body', path: PropertyKey[], report: Report): void {
  checkPlaceholders(template, what, path, report);
  for (const part of templateParts(template)) if (part.kind === 'variable') checkVariable(part.name, path, report);
  const closed = /(?<!\\)(?:\\\\)*\\\{([A-Za-z_][\w-]*)\\\}/.exec(template);
  if (closed) {
    report(path, `\`\\{${closed[1]}}\` for the text \`{${closed[1]}}\``, {
      what: 'only the opening brace is escaped',
      got: `\`\\{${closed[1]}\\}\``,
      next: 'Remove the second backslash.',
    });
  }
  const ambiguous = ambiguousPlaceholder(template);
  if (ambiguous !== null) {
    report(path, 'a placeholder, or a field of GraphQL', {
      what: 'ambiguous placeholder',
      got: `\`${ambiguous}\` after a word, in braces that are not JSON`,
      next: `Write \`\\${ambiguous}\` for literal text.`,
    });
  }
  const secret = what === 'path' ? secretInPath(template) : secretInBody(template);
  if (secret !== null) reportSecret(path, secret, report);
}

function checkPlaceholders(template: string, what: keyof typeof KNOWN, path: PropertyKey[], report: Report): void {
  const known = KNOWN[what].map((name) => `{${name}}`);
  for (const part of templateParts(template)) {
    if (part.kind !== 'placeholder' || KNOWN[what].includes(part.name)) continue;
    const whole = `{${part.name}}`;
    const next = `${meantAdvice(whole, known)} For literal text, write \`\\${whole}\`.`;
    report(path, known.join(', '), { what: 'unknown placeholder', got: whole, next });
  }
}

/** `${key}` could be a variable, or a dollar sign before the placeholder `{key}`: Antipode does not guess. */
function checkVariable(name: string, path: PropertyKey[], report: Report): void {
  const got = `\`\${${name}}\``;
  if ((PLACEHOLDERS as readonly string[]).includes(name)) {
    report(path, `\`{${name}}\`, or an environment variable by another name`, {
      what: 'ambiguous placeholder',
      got,
      next: 'Remove the `$`. A literal `$` is `\\u0024` in JSON and `%24` in a path or a form.',
    });
  } else if (!/^\w+$/.test(name)) {
    report(path, '`${NAME}`: letters, digits and _', { what: 'invalid name of an environment variable', got });
  }
}

/** Headers of the target or of one operation. */
export function checkHeaders(headers: Record<string, string>, path: PropertyKey[], report: Report): void {
  const names = Object.keys(headers);
  for (const [i, [name, value]] of Object.entries(headers).entries()) {
    const at = [...path, name];
    const duplicate = names.slice(0, i).find((other) => other.toLowerCase() === name.toLowerCase());
    const secret = secretInHeader(name, value);
    if (duplicate !== undefined) {
      report(at, 'each header once', {
        what: 'duplicate header (names are case-insensitive, so only one would be sent)',
        got: `\`${duplicate}\` and \`${name}\``,
        next: 'Remove one of the two.',
        at: 'key',
      });
    } else if (RESERVED_HEADERS.includes(name.toLowerCase())) {
      const next = 'Remove it.';
      report(at, 'a header that Antipode does not set', {
        what: `header \`${name}\` is reserved`,
        got: `\`${name}\``,
        next,
        at: 'key',
      });
    } else if (secret !== null) {
      reportSecret(at, secret, report);
    } else if (value.replaceAll(/\$\{[A-Za-z_][A-Za-z0-9_]*\}/g, '').includes('${') || /[\r\n]/.test(value)) {
      report(at, 'one line of text, `${NAME}` for an environment variable', {});
    } else checkPlaceholders(value, 'header', at, report);
  }
}

/** A client certificate needs its key, and the other way round. */
export function checkTls({ tls }: ParsedTarget, report: Report): void {
  const [given, missing] =
    tls.certFile === undefined ? (['keyFile', 'certFile'] as const) : (['certFile', 'keyFile'] as const);
  if (tls[given] === undefined || tls[missing] !== undefined) return;
  report(['tls', given], '`certFile:` and `keyFile:`', {
    what: '`certFile` and `keyFile` must be set together',
    got: `only \`${given}:\``,
    next: `Add \`${missing}:\`.`,
    at: 'key',
  });
}
