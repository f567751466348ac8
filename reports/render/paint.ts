import { styleText } from 'node:util';
import type { Verdict } from '../run-result.ts';

type Style = Parameters<typeof styleText>[0];

/** Puts colour on terminal text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

export const paint = (colour: boolean): Paint =>
  colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;

/** Colour only for a terminal, and never where NO_COLOR says so (no-color.org: any value but the empty one). */
export const wantsColour = (stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean =>
  stream.isTTY === true && !env['NO_COLOR'];

export const VERDICT_STYLE: Record<Verdict, Style> = {
  PASS: 'green',
  FAIL: 'red',
  INCONCLUSIVE: 'yellow',
  INVALID: 'magenta',
  ABORTED: 'magenta',
  INFEASIBLE: 'gray',
};

/** Columns that text takes on a terminal: colour codes take none. */
export const columns = (text: string): number => [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;

/** Fills up with spaces to `width` columns; longer text stays as it is. */
export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columns(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - columns(text))) + text;

/** Where text may break: at spaces, but not between a figure and its unit. */
const BREAK = /\s+(?!%|(?:ms|s|min)\b)/;

/** Breaks text at spaces into lines of at most `width` columns; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(BREAK).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && columns(last) + 1 + columns(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A line wrapped under its own indentation, what comes after its first part by two blanks more. */
export function hanging(line: string, width: number): string[] {
  const text = line.trimStart();
  const indent = line.slice(0, line.length - text.length);
  if (text === '') return [''];
  return wrap(text, width - indent.length - 2).map((part, i) => `${indent}${i === 0 ? '' : '  '}${part}`);
}
