import { encoded, templateParts } from '../src/formats/template.ts';
import type { Encoding, Placeholder } from '../src/formats/template.ts';

export interface TemplateValues {
  key: number;
  tenant: string;
  row: number;
  run: string;
}

/**
 * Compiles `/products/{key}?tenant={tenant}` once, so that the loop only joins strings. Environment variables are
 * filled in here and not with each request; their values are never parsed for placeholders.
 */
export function compileTemplate(
  template: string,
  secretOf: (name: string) => string,
  encoding: Encoding,
): (values: TemplateValues) => string {
  // Text and names alternate, text first.
  const parts: string[] = [''];
  for (const part of templateParts(template)) {
    if (part.kind === 'placeholder') parts.push(part.name, '');
    else parts[parts.length - 1] += part.kind === 'text' ? part.text : encoded(secretOf(part.name), encoding);
  }
  const only = parts[0]!;
  if (parts.length === 1) return () => only;
  return (values) => {
    let text = parts[0] ?? '';
    for (let i = 1; i < parts.length; i += 2) {
      text += values[parts[i] as Placeholder];
      text += parts[i + 1];
    }
    return text;
  };
}
