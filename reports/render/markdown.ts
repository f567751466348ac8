/** summary.md, for job summaries and pull requests. Under 60 lines, whatever the size of the run. */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult } from '../run-result.ts';
import { SYMBOL, cellEvidence, cellLimit, cellValue, serversInWords, when } from './figures.ts';
import { count, duration, ms, percent, plural } from '../../src/formats/words.ts';
import { fisSummary } from './fis-lines.ts';
import { grafanaLink } from './grafana.ts';
import { cityName, layOutMatrix, troubles, weightOf, wideWords } from './matrix.ts';
import type { MatrixRow } from './matrix.ts';
import { measuredLines } from './measured-lines.ts';

const MAX_REASONS = 10;
const MAX_LISTED = 8;
/** A run with faults has more sections, so each list is shorter. */
const MAX_WITH_FAULTS = 3;
const MAX_FAULT_LINES = 18;

export function renderMarkdown(plan: RunPlan, result: RunResult): string {
  const matrix = layOutMatrix(plan, result);
  const faulty = plan.experiment !== null;
  // With faults, informational claims of the baseline are shown only if they failed.
  const rows = [
    ...matrix.gating,
    ...matrix.informational.filter(({ cells }) => !faulty || cells.some((cell) => cell?.status === 'FAIL')),
  ];
  const atMost = (usual: number): number => (faulty ? MAX_WITH_FAULTS : usual);
  const bad = result.validity.filter((check) => !check.ok);
  const fis = fisPart(result);
  const grafana = grafanaLink(plan, result);
  const servers = escape(serversInWords(result));
  const sections = [
    [`## ${SYMBOL[result.verdict]} ${result.verdict}: ${escape(plan.profile.name)} on ${escape(plan.target.name)}`],
    [escape(result.why), ...(result.next === '' ? [] : ['', `**Next:** ${escape(result.next)}`])],
    rows.length === 0
      ? []
      : [
          `| claim | ${matrix.regions.map(escape).join(' | ')} |`,
          `|---|${matrix.regions.map(() => '---|').join('')}`,
          ...rows.map((row) => tableRow(plan, row)),
        ],
    listed(
      troubles(result),
      atMost(MAX_REASONS),
      (cell) =>
        `${SYMBOL[cell.status]} **${cell.status}** ${escape(cell.claim)}, ${escape(cityName(plan, cell.subject))}: ${escape(cell.why)}`,
    ),
    fis,
    plan.experiment === null
      ? []
      : [
          '```text',
          ...measuredLines(plan, result, 110, { withFis: false })
            .slice(0, MAX_FAULT_LINES - fis.length)
            .map(unfenced),
          '```',
        ],
    [
      `**${percent(result.headline.populationShare)}** of users live in cities whose read p99 is ≤ ${ms(result.headline.limitMs)}; ` +
        `**${percent(result.headline.requestShare)}** of all reads took at most ${ms(result.headline.limitMs)}.`,
      ...matrix.wide.map((row) => `${escape(wideWords(plan, row))}.`),
    ],
    bad.length === 0
      ? [`Run valid: ${plural(result.validity.length, 'check')} passed.`]
      : listed(bad, atMost(MAX_LISTED), (c) => `! **${c.id}** ${escape(`${c.value}, limit ${c.limit}. ${c.note}`)}`),
    result.notes.length === 0
      ? []
      : ['Notes:', '', ...listed(result.notes, atMost(MAX_LISTED), (what) => escape(what))],
    result.notTested.length === 0
      ? []
      : ['Not tested:', '', ...listed(result.notTested, atMost(MAX_LISTED), (what) => escape(what))],
    [
      `<sub>${escape(result.runId)} · ${when(result.startedAt)} · ${duration(plan.durationMs)} · ` +
        `${plural(result.conservation.recorded, 'request')}${result.cutShort ? ' · cut short' : ''}` +
        (servers === '' ? '' : ` · ${servers}`) +
        `${grafana === null ? '' : ` · [metrics in Grafana](<${grafana}>)`}</sub>`,
    ],
    ['```sh', plan.command.replaceAll('```', ''), '```'],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function tableRow(plan: RunPlan, { claim, cells }: MatrixRow): string {
  const name = claim.gating ? escape(claim.id) : `${escape(claim.id)} (${weightOf(plan, claim)})`;
  const text = (cell: CellVerdict | null): string =>
    cell === null
      ? ''
      : `${SYMBOL[cell.status]} ${cell.status} ${cellValue(cell)}${limitOf(cell)}<br>${cellEvidence(cell)}`;
  const limitOf = (cell: CellVerdict): string => (cellLimit(cell) === '' ? '' : ` (${cellLimit(cell)})`);
  return `| ${name} | ${cells.map(text).join(' | ')} |`;
}

function listed<T>(items: T[], max: number, line: (item: T) => string): string[] {
  const shown = items.slice(0, max).map((item) => `- ${line(item)}`);
  return items.length > max ? [...shown, `- and ${count(items.length - max)} more`] : shown;
}

/** Lines on FIS: the endpoint, the experiments and the warnings. */
function fisPart(result: RunResult): string[] {
  const faults = fisSummary(result);
  if (faults.length === 0) return [];
  const places = [...new Set(faults.map(({ place }) => place))].join(' and');
  const warnings = faults.flatMap((fault) => fault.warnings);
  return [
    `**Through AWS FIS**${escape(places)}; states and times are as reported by FIS:`,
    '',
    ...listed(
      faults.flatMap(({ experiments }) => experiments),
      MAX_WITH_FAULTS,
      escape,
    ),
    ...listed(warnings, MAX_WITH_FAULTS, ([name, what]) => `! **${name}:** ${escape(what)}`),
  ];
}

const unfenced = (line: string): string => line.replaceAll('```', '');

/** Escapes text for Markdown and HTML, on one line. */
const escape = (text: string): string =>
  text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`*_[\]#|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
