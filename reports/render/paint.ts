import { styleText } from 'node:util';
import type { Verdict } from '../run-result.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours terminal text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string;

export const paint = (colour: boolean): Paint =>
  colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;

/** Colour only on a terminal, and never with NO_COLOR set to a non-empty value (no-color.org). */
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

/** Width of text on a terminal, without colour codes. */
export const columns = (text: string): number => [...text.replace(/\u001b\[[0-9;]*m/g, '')].length;

/** Pads with spaces to `width` columns; longer text is unchanged. */
export const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columns(text)));
export const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - columns(text))) + text;

/** Text wraps at spaces, but not between a figure and its unit. */
const BREAK = /\s+(?!%|(?:ms|s|min)\b)/;

/** Wraps text into lines of at most `width` columns; a longer word gets its own line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(BREAK).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && columns(last) + 1 + columns(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Wraps a line with its own indentation; continuation lines are indented by two more spaces. */
export function hanging(line: string, width: number): string[] {
  const text = line.trimStart();
  const indent = line.slice(0, line.length - text.length);
  if (text === '') return [''];
  return wrap(text, width - indent.length - 2).map((part, i) => `${indent}${i === 0 ? '' : '  '}${part}`);
}
