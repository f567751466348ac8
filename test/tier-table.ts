/**
 * A reporter of vitest: what the second tier showed, as a Markdown table in a file for each of its projects,
 * `test-all.md` and `test-compose.md`. Written anew after every test file, so that a tier that is stopped leaves what
 * it has shown.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const PROJECTS: readonly string[] = ['all', 'compose'];

export interface TestRow {
  file: string;
  title: string;
  result: string;
  ms: number;
}

export class TierTable implements Reporter {
  private readonly folder: string;
  private readonly rows = new Map<string, TestRow[]>();

  constructor(folder: string) {
    this.folder = folder;
  }

  onTestModuleEnd(module: TestModule): void {
    const { name } = module.project;
    if (!PROJECTS.includes(name)) return;
    const rows = this.rows.get(name) ?? [];
    this.rows.set(name, [...rows, ...rowsOf(module)]);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, `test-${name}.md`), tierTable(name, where(), this.rows.get(name)!));
  }
}

/** Its tests; a file that broke before its first one is a row of its own. */
function rowsOf(module: TestModule): TestRow[] {
  const file = module.relativeModuleId;
  const rows = [...module.children.allTests()].map((test) => ({
    file,
    title: test.name,
    result: test.result().state,
    ms: test.diagnostic()?.duration ?? 0,
  }));
  return rows.length > 0 ? rows : [{ file, title: '(the whole file)', result: module.state(), ms: 0 }];
}

/** The day, what was tested, and on what. */
function where(): string {
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, commit ${commit()}, ${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown CPU'}`;
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

/** The file: how many of each result, then every test. */
export function tierTable(project: string, at: string, rows: TestRow[]): string {
  const results = [...new Set(rows.map(({ result }) => result))].toSorted();
  const counts = results.map((result) => `${rows.filter((row) => row.result === result).length} ${result}`);
  const minutes = (rows.reduce((sum, { ms }) => sum + ms, 0) / 60_000).toFixed(1);
  return [
    `# What the tests of \`${project}\` showed`,
    '',
    `${at}: ${counts.join(', ')}, in ${minutes} minutes.`,
    '',
    '| test | what it shows | result | seconds |',
    '|---|---|---|---|',
    ...rows.map(
      ({ file, title, result, ms }) => `| \`${file}\` | ${cell(title)} | ${result} | ${(ms / 1000).toFixed(1)} |`,
    ),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
