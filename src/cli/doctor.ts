/** `npm run doctor`: whether this machine can do what the harness does, and what to do where it cannot. */
import type { Command } from 'commander';
import { AntipodeError, EXIT } from '../errors.ts';
import { lookForTool, resolveTools, TOOL_NAMES, type ToolName } from '../tools/index.ts';
import { checkMachine, type Check } from '../tools/machine.ts';

/** Only tests use them; no command needs one. */
const OPTIONAL_TOOLS: ReadonlySet<ToolName> = new Set(['chromium', 'moto', 'prometheus']);

interface Finding extends Check {
  /** Where a tool was found: its path. */
  where: string | null;
}

/** Adds `doctor`; it exits 0 if nothing that is needed is missing, else 2. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say which tools are found, what is missing, and the one command that fixes it')
    .option('--get', 'get the tools that are missing: build, download, unpack or install them')
    .option('--json', 'print the findings as JSON')
    .action(async (options: { get?: true; json?: true }) => {
      const needed = TOOL_NAMES.filter((name) => !OPTIONAL_TOOLS.has(name));
      if (options.get) await resolveTools(needed, (message) => console.error(message));
      const [tools, machine] = await Promise.all([Promise.all(TOOL_NAMES.map(examine)), checkMachine()]);
      const findings = [...tools, ...machine.map((check) => ({ ...check, where: null }))];
      const ok = findings.every((finding) => finding.ok || finding.optional);
      console.log(options.json ? JSON.stringify({ ok, findings }, null, 2) : asTable(findings, ok));
      process.exitCode = ok ? EXIT.pass : EXIT.usage;
    });
}

async function examine(name: ToolName): Promise<Finding> {
  const optional = OPTIONAL_TOOLS.has(name);
  try {
    const { tool, found, passedOver } = await lookForTool(name);
    const needed = optional ? `${tool.needed}, only for tests` : tool.needed;
    if (found) {
      return { name, has: found.version, needed, ok: true, optional, fix: null, where: found.path };
    }
    const openWays = await Promise.all(tool.ways.map(async (way) => (await way.hindrance()) === null));
    const gettable = openWays.includes(true);
    return {
      name,
      has: null,
      needed,
      ok: false,
      optional,
      fix: gettable && !optional ? 'npm run doctor -- --get' : tool.choices.join(' | '),
      where: passedOver.length > 0 ? `passed over: ${passedOver.join('; ')}` : null,
    };
  } catch (error) {
    if (!(error instanceof AntipodeError)) throw error;
    const { got, expected, next } = error.parts;
    return {
      name,
      has: null,
      needed: expected ?? '',
      ok: false,
      optional: false,
      fix: next ?? null,
      where: got ?? null,
    };
  }
}

/** One line per finding, then one line per thing to do, then the sum. */
function asTable(findings: Finding[], ok: boolean): string {
  const rows = findings.map((finding) => [
    finding.ok ? 'ok' : finding.optional ? 'optional' : 'MISSING',
    finding.name,
    finding.has ?? '-',
    finding.needed,
    finding.where ?? '',
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const fixes = findings.filter((finding) => finding.fix !== null).map(({ name, fix }) => `  ${name}: ${fix}`);
  return [
    ...lines,
    ...(fixes.length > 0 ? ['', 'To do:', ...fixes] : []),
    '',
    ok ? 'This machine can run everything.' : 'Something is missing; see above.',
  ].join('\n');
}
