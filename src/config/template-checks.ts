/** What may stand in the path and the body of an operation: placeholders that are known, and no secret in clear text. */
import { meantAdvice } from '../did-you-mean.ts';
import { ambiguousPlaceholder, PLACEHOLDERS, templateParts } from '../formats/template.ts';
import type { Report } from './issue.ts';
import { reportSecret, secretInBody, secretInPath } from './secrets.ts';

const KNOWN = { path: ['key', 'tenant'], body: [...PLACEHOLDERS] as string[] };

/** Reports the first thing of each kind that is wrong with it. */
export function checkTemplate(template: string, what: 'path' | 'body', path: PropertyKey[], report: Report): void {
  const known = KNOWN[what].map((name) => `{${name}}`);
  for (const part of templateParts(template)) {
    if (part.kind === 'placeholder' && !KNOWN[what].includes(part.name)) {
      const whole = `{${part.name}}`;
      const next = `${meantAdvice(whole, known)} For the text itself write \`\\${whole}\`.`;
      report(path, known.join(', '), { what: 'unknown placeholder', got: whole, next });
    }
    if (part.kind === 'variable') checkVariable(part.name, path, report);
  }
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
