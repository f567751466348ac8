/** Tables for terminals. */

export interface Column {
  title: string;
  /** Figures stand right, words left. */
  align: 'left' | 'right';
}

/** Columns that text takes on a terminal; colour codes take none. */
const width = (text: string): number => [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;

/** Lines of a table: titles, then rows; columns two spaces apart, no trailing spaces. A missing cell is empty. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, c) => Math.max(...lines.map((line) => width(line[c] ?? ''))));
  return lines.map((line) =>
    columns
      .map(({ align }, c) => {
        const text = line[c] ?? '';
        const gap = ' '.repeat(widths[c]! - width(text));
        return align === 'left' ? text + gap : gap + text;
      })
      .join('  ')
      .trimEnd(),
  );
}
