/**
 * junit.xml for CI: suite = region or city, testcase = claim, and one suite for the validity of the run. A gating FAIL
 * is a failure, INCONCLUSIVE and INVALID are errors, INFEASIBLE is skipped. An informational claim never fails a job:
 * if it is not PASS, it is skipped, with its verdict.
 */
import type { RunPlan } from '../../src/formats/plan.ts';
import type { CellVerdict, RunResult, ValidityCheck } from '../run-result.ts';
import { cellEvidence, cellLimit, cellValue } from './figures.ts';
import { claimOf } from './matrix.ts';

interface Case {
  suite: string;
  name: string;
  outcome: { tag: 'failure' | 'error' | 'skipped'; type: string; message: string } | null;
  output: string;
}

export function renderJunit(plan: RunPlan, result: RunResult): string {
  const cases = [...result.validity.map(validityCase), ...result.cells.map((cell) => cellCase(plan, cell))];
  if (result.verdict === 'ABORTED') cases.unshift(abortedCase(result));
  const suites = [...new Set(cases.map((c) => c.suite))].map((name) => ({
    name,
    cases: cases.filter((c) => c.suite === name),
  }));
  const seconds = (plan.durationMs / 1000).toFixed(3);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escape(`antipode ${plan.target.name} ${plan.profile.name}`)}" ${totals(cases)} time="${seconds}">`,
    ...suites.flatMap((suite) => [
      `  <testsuite name="${escape(suite.name)}" ${totals(suite.cases)} time="${seconds}"${stamp(result)}>`,
      ...(suite.name === 'run' ? properties(plan, result) : []),
      ...suite.cases.map(testcase),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function cellCase(plan: RunPlan, cell: CellVerdict): Case {
  const claim = claimOf(plan, cell.claim);
  const limit = cellLimit(cell);
  return {
    suite: cell.subject,
    name: cell.claim,
    outcome: outcome(cell),
    output: `${claim.title}: ${cellValue(cell)} (${limit}), ${cellEvidence(cell)}`,
  };
}

function outcome(cell: CellVerdict): Case['outcome'] {
  const found = { type: cell.status, message: cell.why };
  if (cell.status === 'PASS') return null;
  if (cell.status === 'INFEASIBLE') return { tag: 'skipped', ...found };
  if (!cell.gating) return { tag: 'skipped', type: cell.status, message: `informational ${cell.status}: ${cell.why}` };
  return { tag: cell.status === 'FAIL' ? 'failure' : 'error', ...found };
}

const validityCase = (check: ValidityCheck): Case => ({
  suite: 'run',
  name: check.id,
  outcome: check.ok
    ? null
    : { tag: 'error', type: 'INVALID', message: `${check.value}, limit ${check.limit}. ${check.note}` },
  output: `${check.value}, limit ${check.limit}`,
});

const abortedCase = (result: RunResult): Case => ({
  suite: 'run',
  name: 'completed',
  outcome: { tag: 'error', type: 'ABORTED', message: result.why },
  output: '',
});

function testcase({ suite, name, outcome: found, output }: Case): string {
  const children = [
    ...(found === null
      ? []
      : [
          found.tag === 'skipped'
            ? `<skipped message="${escape(found.message)}"/>`
            : `<${found.tag} type="${found.type}" message="${escape(found.message)}"/>`,
        ]),
    ...(output === '' ? [] : [`<system-out>${escape(output)}</system-out>`]),
  ].map((child) => `      ${child}\n`);
  return `    <testcase classname="${escape(suite)}" name="${escape(name)}">\n${children.join('')}    </testcase>`;
}

function totals(cases: Case[]): string {
  const of = (tag: string): number => cases.filter((c) => c.outcome?.tag === tag).length;
  return `tests="${cases.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}"`;
}

const stamp = (result: RunResult): string =>
  result.startedAt === null ? '' : ` timestamp="${escape(result.startedAt.slice(0, 19))}"`;

const properties = (plan: RunPlan, result: RunResult): string[] => [
  '    <properties>',
  ...Object.entries({
    'run-id': result.runId,
    verdict: result.verdict,
    command: plan.command,
    seed: String(plan.seed),
  }).map(([name, value]) => `      <property name="${name}" value="${escape(value)}"/>`),
  '    </properties>',
];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text for XML 1.0 attributes and elements; characters that XML cannot hold become U+FFFD. */
const escape = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- XML 1.0 forbids exactly these
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"']/g, (c) => ENTITIES[c]!)
    .replace(/[\n\t\r]/g, (c) => `&#${c.charCodeAt(0)};`);
