/** `npm run doctor`: which tools and resources this machine has, which are missing, and how to fix that. */
import type { Command } from 'commander';
import { AntipodeError, EXIT } from '../errors.ts';
import { lookForTool, resolveTools, TOOL_NAMES, type ToolName } from '../tools/index.ts';
import { checkMachine, type Check } from '../tools/machine.ts';

/** Tools that only tests use. */
const OPTIONAL_TOOLS: ReadonlySet<ToolName> = new Set(['chromium', 'moto', 'prometheus']);

interface Finding extends Check {
  /** Path of a tool. */
  where: string | null;
}

/** Adds `doctor`. Exits 2 if a required tool or resource is missing, else 0. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('list which tools are found, which are missing, and the command that fixes it')
    .option('--get', 'build, download, unpack or install the missing tools first')
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
    const { tool, found, rejected } = await lookForTool(name);
    const needed = optional ? `${tool.needed}, only for tests` : tool.needed;
    if (found) {
      return { name, has: found.version, needed, ok: true, optional, fix: null, where: found.path };
    }
    const available = await Promise.all(tool.methods.map(async (method) => (await method.whyUnavailable()) === null));
    const isInstallable = available.includes(true);
    return {
      name,
      has: null,
      needed,
      ok: false,
      optional,
      fix: isInstallable && !optional ? 'npm run doctor -- --get' : tool.manualSteps.join(' | '),
      where: rejected.length > 0 ? `not usable: ${rejected.join('; ')}` : null,
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

/** One line per finding, one line per fix, and a summary. */
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
    ...(fixes.length > 0 ? ['', 'To fix:', ...fixes] : []),
    '',
    ok ? 'This machine is ready.' : 'This machine is not ready: see the lines marked MISSING.',
  ].join('\n');
}
