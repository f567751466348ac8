/** The report on the terminal: verdict, reason, matrix, population and next step. At most 100 columns. */
import { CLAIMS } from '../../claims/index.ts';
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { grafanaLink } from './grafana.ts';
import { INTERVAL_NOTE, SYMBOL, cellEvidence, cellLacking, cellLimit, cellValue, namesInWords } from './figures.ts';
import { count, duration, ms, percent, percentAsWritten, plural } from '../../src/formats/words.ts';
import { cityName, layOutMatrix, troubles, weightOf, wideWords } from './matrix.ts';
import type { Matrix, MatrixRow } from './matrix.ts';
import { measuredLines } from './measured-lines.ts';
import { VERDICT_STYLE, columns, padEnd, padStart, paint, wrap } from './paint.ts';
import type { Paint } from './paint.ts';

const WIDTH = 100;
const INDENT = '  ';
const REGIONS_PER_BLOCK = 3;
const CELL_WIDTH = 27;
const WORST_ORIGINS = 5;
/** Columns of their figures: p99, round trip to the home region, share within the limit, requests. */
const ORIGIN_WIDTHS = [11, 14, 16, 10];
const MAX_REASONS = 8;
const MAX_NAMES = 6;

export interface ConsoleOptions {
  colour: boolean;
  /** Path of report.html, as the reader can type or click it. */
  reportPath: string;
}

/** The report, ending with a newline. It is readable without colour. */
export function renderConsole(plan: RunPlan, result: RunResult, { colour, reportPath }: ConsoleOptions): string {
  const put = paint(colour);
  const matrix = layOutMatrix(plan, result);
  const grafana = grafanaLink(plan, result);
  const sections = [
    verdict(plan, result, put),
    matrixText(plan, result, matrix, put),
    measuredLines(plan, result, WIDTH - INDENT.length).map((line) => INDENT + line),
    reasons(plan, result, put),
    population(plan, result, matrix, put),
    [
      ...validity(result, put),
      ...names(plan, result, put),
      ...listOf('Notes', result.notes, put),
      ...listOf('Not tested', result.notTested, put),
      `${INDENT}${put('bold', 'Report')}  ${reportPath}`,
      ...(grafana === null ? [] : [`${INDENT}${put('bold', 'Grafana')} ${grafana}`]),
    ],
    next(result, put),
  ];
  return `\n${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function verdict(plan: RunPlan, result: RunResult, put: Paint): string[] {
  const word = `${SYMBOL[result.verdict]} ${result.verdict}`;
  const head = put(['bold', VERDICT_STYLE[result.verdict]].flat() as never, word);
  const { profile, target } = plan;
  const facts = [
    `${profile.name} on ${target.name}`,
    ...(target.defect ? [`planted defect ${target.defect}`] : []),
    `${count(Number(plan.ratePerSecond.toFixed(1)))}/s from users for ${duration(plan.durationMs)}`,
    `${plural(result.conservation.recorded, 'request')} in all`,
    ...(result.cutShort ? ['cut short'] : []),
  ];
  const why = wrap(result.why, WIDTH - columns(word) - 5);
  const pad = ' '.repeat(columns(word) + 4);
  return [
    `${INDENT}${head}  ${why[0] ?? ''}`,
    ...why.slice(1).map((line) => pad + line),
    ...wrap(facts.join(' · '), WIDTH - pad.length).map((line) => pad + put('dim', line)),
  ];
}

/** Regions side by side, three per block. Each cell has a line for its value and one for its evidence. */
function matrixText(plan: RunPlan, result: RunResult, matrix: Matrix, put: Paint): string[] {
  const all = [...matrix.gating, ...matrix.informational];
  const heads = all.map(({ claim }) => columns(weightOf(plan, claim)) + 1);
  const label = Math.max(...all.map(({ claim }) => columns(claim.id) + 2), 'informational'.length + 2, ...heads);
  const cellWidth = Math.min(CELL_WIDTH, Math.floor((WIDTH - 2 - label) / REGIONS_PER_BLOCK));
  const lines: string[] = [];
  for (let from = 0; from < matrix.regions.length; from += REGIONS_PER_BLOCK) {
    const shown = matrix.regions.slice(from, from + REGIONS_PER_BLOCK);
    const row = (head: string, cells: string[]): string =>
      (INDENT + padEnd(head, label) + cells.map((cell) => `${padEnd(cell, cellWidth - 1)} `).join('')).trimEnd();
    const block = (title: string, rows: MatrixRow[]): void => {
      if (rows.length === 0) return;
      lines.push(
        row(
          put('dim', title),
          shown.map((id) => put('bold', id)),
        ),
      );
      for (const { claim, cells } of rows) {
        const of = cells.slice(from, from + REGIONS_PER_BLOCK);
        lines.push(
          row(
            claim.id,
            of.map((cell) => (cell ? head(cell, put, cellValue(cell)) : put('dim', '·'))),
          ),
        );
        const limits = of.map((cell) => (cell ? put('dim', `  ${cellLimit(cell)}`) : ''));
        const maxShare =
          CLAIMS[claim.kind].evidence !== 'share' ? '' : `  ≤ ${percentAsWritten(claim.maxBadShare)} bad`;
        // The limit of a count is in the claim's title.
        if (maxShare !== '' || of.some((cell) => cell && cellLimit(cell)))
          lines.push(row(put('dim', maxShare), limits));
        lines.push(
          row(
            '',
            of.map((cell) => (cell ? put('dim', `  ${evidence(cell)}`) : '')),
          ),
        );
        if (of.some((cell) => cell && cellLacking(cell) !== ''))
          lines.push(
            row(
              '',
              of.map((cell) => (cell && cellLacking(cell) ? put('dim', `  ${cellLacking(cell)}`) : '')),
            ),
          );
      }
    };
    if (lines.length > 0) lines.push('');
    block('gating claim', matrix.gating);
    block(matrix.informational[0] ? weightOf(plan, matrix.informational[0].claim) : '', matrix.informational);
  }
  if (result.cells.some((cell) => cell.evidence === 'share')) lines.push('', INDENT + put('dim', INTERVAL_NOTE));
  return lines;
}

const head = (cell: CellVerdict, put: Paint, value: string): string =>
  `${put(VERDICT_STYLE[cell.status], `${SYMBOL[cell.status]} ${cell.status}`)} ${value}`;

const evidence = (cell: CellVerdict): string => (cell.total === 0 ? 'no request' : cellEvidence(cell));

/** Why gating cells are not PASS. Cells with the same reason share a line. */
function reasons(plan: RunPlan, result: RunResult, put: Paint): string[] {
  const groups = Object.values(groupBy(troubles(result), (cell) => `${cell.status} ${cell.why}`));
  const lines = groups.slice(0, MAX_REASONS).flatMap((cells) => {
    const { status, claim, subject, why } = cells[0]!;
    const of = cells.length === 1 ? `${claim} ${cityName(plan, subject)}` : plural(cells.length, 'gating cell');
    const name = `${SYMBOL[status]} ${of}`;
    const [first = '', ...rest] = wrap(why, WIDTH - INDENT.length - columns(name) - 2);
    const pad = ' '.repeat(columns(name) + 2);
    return [`${put(VERDICT_STYLE[status], name)}  ${first}`, ...rest.map((line) => pad + line)];
  });
  const left = groups.slice(MAX_REASONS).reduce((sum, cells) => sum + cells.length, 0);
  if (left > 0) lines.push(put('dim', `and ${plural(left, 'more cell')}`));
  return lines.map((line) => INDENT + line);
}

const groupBy = <T>(items: T[], key: (item: T) => string): Record<string, T[]> => {
  const groups: Record<string, T[]> = {};
  for (const item of items) (groups[key(item)] ??= []).push(item);
  return groups;
};

/** The headline share, claims per city, and the slowest cities. */
function population(plan: RunPlan, result: RunResult, matrix: Matrix, put: Paint): string[] {
  const { limitMs, populationShare, requestShare } = result.headline;
  const lines = wrap(
    `From the cities, link included: ${percent(populationShare)} of users live in cities whose read p99 is within ${ms(limitMs)}; ` +
      `${percent(requestShare)} of all reads took at most ${ms(limitMs)}.`,
    WIDTH - 2,
  );
  for (const row of matrix.wide) lines.push(...wrap(wideWords(plan, row), WIDTH - 2));
  const worst = result.origins
    .filter((origin) => origin.p99Ms !== null)
    .toSorted((a, b) => b.p99Ms! - a.p99Ms!)
    .slice(0, WORST_ORIGINS);
  if (worst.length > 0) {
    const wide = Math.max('slowest cities'.length, ...worst.map((o) => columns(cityName(plan, o.origin)))) + 2;
    const home = Math.max('home'.length, ...worst.map((o) => columns(o.home))) + 2;
    const columnsOf = (cells: string[]): string => cells.map((text, i) => padStart(text, ORIGIN_WIDTHS[i]!)).join('');
    const titles = columnsOf(['p99', 'round trip', `within ${ms(limitMs)}`, 'reads']);
    lines.push('', put('dim', padEnd('slowest cities', wide) + padEnd('home', home) + titles));
    for (const o of worst) {
      const figures = [ms(o.p99Ms), ms(o.floorMs), percent(o.withinShare), count(o.n)];
      const name = padEnd(cityName(plan, o.origin), wide) + padEnd(o.home, home);
      lines.push(name + columnsOf(figures));
    }
  }
  return lines.map((line) => (line === '' ? '' : INDENT + line));
}

function validity(result: RunResult, put: Paint): string[] {
  const broken = result.validity.filter((check) => !check.ok);
  if (result.validity.length === 0) return [];
  if (broken.length === 0) {
    const { lagP99Ms } = result.generator;
    const lag = lagP99Ms === null ? '' : `, 99 % of requests sent at most ${ms(lagP99Ms)} late`;
    return [`${INDENT}${put('bold', 'Run')}     valid: ${plural(result.validity.length, 'check')} passed${lag}`];
  }
  return broken.flatMap((check) => {
    const word = put('magenta', `! ${check.id}`);
    const [first = '', ...rest] = wrap(`${check.value}, limit ${check.limit}. ${check.note}`, WIDTH - 26);
    return [`${INDENT}${padEnd(word, 20)}  ${first}`, ...rest.map((line) => ' '.repeat(24) + line)];
  });
}

/** DNS answers, for a target whose names were resolved. */
function names(plan: RunPlan, result: RunResult, put: Paint): string[] {
  const answers = namesInWords(result);
  if (answers.length === 0) return [];
  const left = answers.length - MAX_NAMES;
  const text = [...answers.slice(0, MAX_NAMES), ...(left > 0 ? [`${left} more in the report`] : [])].join(' · ');
  const lines = wrap(`${text} (resolved every ${count(plan.target.ttlSeconds)} s)`, WIDTH - 10);
  return lines.map((line, i) => `${INDENT}${i === 0 ? put('bold', 'Names') : '     '}   ${line}`);
}

function listOf(title: string, sentences: string[], put: Paint): string[] {
  return sentences.flatMap((what, i) =>
    wrap(what, WIDTH - 16).map((line, j) => {
      const lead = i === 0 && j === 0 ? put('bold', title) : ' '.repeat(title.length);
      return `${INDENT}${lead}  ${line}`;
    }),
  );
}

/** One line, never wrapped, so that a command in it can be copied. */
const next = (result: RunResult, put: Paint): string[] =>
  result.next === '' ? [] : [`${INDENT}${put('bold', 'Next')}  ${result.next}`];
