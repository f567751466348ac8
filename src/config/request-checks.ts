/**
 * What may be sent to a target: headers, paths and bodies without slips and secrets in clear text; a client
 * certificate.
 */
import { meantAdvice } from '../did-you-mean.ts';
import { ambiguousPlaceholder, PLACEHOLDERS, templateParts } from '../formats/template.ts';
import type { Report } from './issue.ts';
import { reportSecret, secretInBody, secretInHeader, secretInPath } from './secrets.ts';
import type { ParsedTarget } from './target.ts';

/** Headers that the player or HTTP itself sets. */
const OWN_HEADERS = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'user-agent',
  'traceparent',
  'x-antipode-run',
];

const KNOWN = { path: ['key', 'tenant'], header: ['key', 'tenant'], body: [...PLACEHOLDERS] as string[] };

/** Reports the first thing of each kind that is wrong with it. */
export function checkTemplate(template: string, what: 'path' | 'body', path: PropertyKey[], report: Report): void {
  checkPlaceholders(template, what, path, report);
  for (const part of templateParts(template)) if (part.kind === 'variable') checkVariable(part.name, path, report);
  const closed = /(?<!\\)(?:\\\\)*\\\{([A-Za-z_][\w-]*)\\\}/.exec(template);
  if (closed) {
    report(path, `\`\\{${closed[1]}}\` for the text \`{${closed[1]}}\``, {
      what: 'only the opening brace takes a backslash',
      got: `\`\\{${closed[1]}\\}\``,
      next: 'Remove the second one.',
    });
  }
  const ambiguous = ambiguousPlaceholder(template);
  if (ambiguous !== null) {
    report(path, 'a placeholder, or a field of GraphQL', {
      what: 'this may be meant either way',
      got: `\`${ambiguous}\` after a word, in braces that are not JSON`,
      next: `Write \`\\${ambiguous}\` for the text itself.`,
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
    const next = `${meantAdvice(whole, known)} For the text itself write \`\\${whole}\`.`;
    report(path, known.join(', '), { what: 'unknown placeholder', got: whole, next });
  }
}

/** `${key}` was a dollar and a key before there were variables here: neither is guessed. */
function checkVariable(name: string, path: PropertyKey[], report: Report): void {
  const got = `\`\${${name}}\``;
  if ((PLACEHOLDERS as readonly string[]).includes(name)) {
    report(path, `\`{${name}}\`, or an environment variable by another name`, {
      what: 'this may be meant either way',
      got,
      next: 'Remove the `$`; as text it is `\\u0024` in JSON and `%24` in a path or a form.',
    });
  } else if (!/^\w+$/.test(name)) {
    report(path, '`${NAME}`: letters, digits and _', { what: 'no environment variable has such a name', got });
  }
}

/** Headers of the target or of one operation. */
export function checkHeaders(headers: Record<string, string>, path: PropertyKey[], report: Report): void {
  const names = Object.keys(headers);
  for (const [i, [name, value]] of Object.entries(headers).entries()) {
    const at = [...path, name];
    const twin = names.slice(0, i).find((other) => other.toLowerCase() === name.toLowerCase());
    const secret = secretInHeader(name, value);
    if (twin !== undefined) {
      report(at, 'each header once', {
        what: 'header names compare without case, so only one of the two would be sent',
        got: `\`${twin}\` and \`${name}\``,
        next: 'Remove one of the two.',
        at: 'key',
      });
    } else if (OWN_HEADERS.includes(name.toLowerCase())) {
      const next = 'Remove it.';
      report(at, 'a header of yours', {
        what: `the harness sets \`${name}\` itself`,
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

/** Certificate and key of clients come together. */
export function checkTls({ tls }: ParsedTarget, report: Report): void {
  const [given, lacking] =
    tls.certFile === undefined ? (['keyFile', 'certFile'] as const) : (['certFile', 'keyFile'] as const);
  if (tls[given] === undefined || tls[lacking] !== undefined) return;
  report(['tls', given], '`certFile:` and `keyFile:`', {
    what: 'a client certificate is a certificate and its key',
    got: `\`${given}:\` alone`,
    next: `Add \`${lacking}:\`.`,
    at: 'key',
  });
}
