/** Tables for terminals. */

export interface Column {
  title: string;
  /** Figures are aligned right, text left. */
  align: 'left' | 'right';
}

/** Width of text on a terminal, without colour codes. */
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
