/** Reads the CSV files of `src/geo/data`: `#` lines that name the source, then a header, then rows. */
import { readFileSync } from 'node:fs';

/**
 * Rows of `src/geo/data/<name>`, each as column -> text. Fields may be in double quotes; quotes and line breaks inside
 * a field are not supported. Throws on a row whose fields do not match the header.
 */
export function readCsv<Column extends string>(name: string, columns: readonly Column[]): Record<Column, string>[] {
  const lines = readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const header = lines[0]?.split(',') ?? [];
  const places = columns.map((column) => header.indexOf(column));
  if (places.includes(-1))
    throw new Error(`${name}: header ${header.join(',')} is missing one of ${columns.join(', ')}`);
  return lines.slice(1).map((line) => {
    const fields = [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^",]*))/g)].map((m) => m[1] ?? m[2] ?? '');
    if (fields.length !== header.length) throw new Error(`${name}: ${fields.length} fields in "${line}"`);
    return Object.fromEntries(columns.map((column, i) => [column, fields[places[i]!]!])) as Record<Column, string>;
  });
}
