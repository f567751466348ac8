/** Sentences of plan and result as HTML: signs for `<=`, code for backticks, names that do not wrap. */
import { html } from '../../../src/html/html-tag.ts';
import type { Html } from '../../../src/html/html-tag.ts';

/** `a <= b` as `a ≤ b`. */
export const signs = (text: string): string => text.replaceAll('<=', '≤').replaceAll('>=', '≥');

/** Marks `code` and keeps each of `names` (region ids, for example) on one line. */
export function prose(text: string, names: string[] = []): Html {
  const unbroken = new Set(names);
  const words = (part: string): Html[] =>
    part
      .split(/([\w-]+)/)
      .map((word) => (unbroken.has(word) ? html`<span class="whole">${word}</span>` : html`${word}`));
  return html`${signs(text)
    .split('`')
    .map((part, i, parts) => (i % 2 === 1 && i < parts.length - 1 ? html`<code>${part}</code>` : words(part)))}`;
}
