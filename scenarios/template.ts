export interface TemplateValues {
  key: number;
  tenant: string;
  row: number;
  run: string;
}

/** Compiles `/products/{key}?tenant={tenant}` once, so that the loop only joins strings. */
export function compileTemplate(template: string): (values: TemplateValues) => string {
  const parts = template.split(/\{(key|tenant|row|run)\}/);
  if (parts.length === 1) return () => template;
  return (values) => {
    let text = parts[0] ?? '';
    for (let i = 1; i < parts.length; i += 2) {
      text += values[parts[i] as keyof TemplateValues];
      text += parts[i + 1];
    }
    return text;
  };
}
