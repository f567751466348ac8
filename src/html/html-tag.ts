/** Markup that is inserted without escaping; everything else in a template is escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export type Insertable = Html | string | number | null | undefined | false | readonly Insertable[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A figure and its unit, which must not be separated by a line break. */
const FIGURE_AND_UNIT = /(\d) (%|ms|s|min|MB)(?![\w-])/g;

const insert = (value: Insertable): string => {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(insert).join('');
  return String(value)
    .replace(/[&<>"']/g, (c) => ENTITIES[c]!)
    .replace(FIGURE_AND_UNIT, '$1\u00a0$2');
};

/**
 * `html\`<p>${text}</p>\``: text and numbers are escaped, Html and lists of it inserted, nothing for null and false.
 */
export const html = (parts: TemplateStringsArray, ...values: Insertable[]): Html =>
  new Html(String.raw({ raw: parts.map((part) => part.replace(/\n\s*/g, '\n')) }, ...values.map(insert)));
