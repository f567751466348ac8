/**
 * A vitest reporter: the results of the slow tests, as a Markdown table per project, `test-all.md` and
 * `test-compose.md`. Rewritten after every test file, so that an interrupted run keeps its results.
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

/** Its tests; a file that failed before its first test is one row. */
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

/** The date, the commit and the machine. */
export function where(): string {
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

/** The file: the number of each result, then every test. */
export function tierTable(project: string, at: string, rows: TestRow[]): string {
  const results = [...new Set(rows.map(({ result }) => result))].toSorted();
  const counts = results.map((result) => `${rows.filter((row) => row.result === result).length} ${result}`);
  const minutes = (rows.reduce((sum, { ms }) => sum + ms, 0) / 60_000).toFixed(1);
  return [
    `# Results of the \`${project}\` tests`,
    '',
    `${at}: ${counts.join(', ')}, in ${minutes} minutes.`,
    '',
    '| file | test | result | seconds |',
    '|---|---|---|---|',
    ...rows.map(
      ({ file, title, result, ms }) => `| \`${file}\` | ${cell(title)} | ${result} | ${(ms / 1000).toFixed(1)} |`,
    ),
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ');
