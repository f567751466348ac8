/**
 * A vitest reporter: what the tests of single-brain's claims showed, as a table per claim. It is written to
 * runs/claims-single-brain.md, and with `-u` to docs/claims-single-brain.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { CLAIM_ROWS, type ClaimRow, titleOf } from './single-brain-claims.ts';
import { where } from './tier-table.ts';

const FILE = 'test/all/single-brain.test.ts';
const DOCS = join(import.meta.dirname, '../docs');

export class ClaimsTable implements Reporter {
  private readonly folder: string;
  private isUpdate = false;

  constructor(folder: string) {
    this.folder = folder;
  }

  onInit({ config }: Vitest): void {
    this.isUpdate = config.snapshotOptions.updateSnapshot === 'all';
  }

  onTestModuleEnd(module: TestModule): void {
    if (module.relativeModuleId !== FILE) return;
    const states = new Map([...module.children.allTests()].map((test) => [test.name, test.result().state]));
    const text = claimsTable(where(), CLAIM_ROWS, states);
    mkdirSync(this.folder, { recursive: true });
    for (const folder of this.isUpdate ? [this.folder, DOCS] : [this.folder])
      writeFileSync(join(folder, 'claims-single-brain.md'), text);
  }
}

/** What a test of a defect showed. */
const SHOWN: Record<string, string> = { passed: 'FAIL, as it should', failed: 'not found', skipped: 'not run' };

/** The table; `states` are the results of the tests by title. */
export function claimsTable(at: string, rows: readonly ClaimRow[], states: ReadonlyMap<string, string>): string {
  const lines = rows.map((row) => {
    const { id, claim, red, defect, command } = row;
    const observed = [...new Set(red.map((cell) => cell.split(' ')[0]!))].map((name) => `\`${name}\``).join(', ');
    const shown = SHOWN[states.get(titleOf(row)) ?? 'skipped'] ?? 'not run';
    return `| ${id} | ${claim} | ${observed} | \`${defect}\` | \`${command.join(' -- ')}\` | ${shown} |`;
  });
  return [
    '# What was shown of the claims of `single-brain`',
    '',
    `Written by \`npx vitest run --project all ${FILE} -u\` from what it ran: ${at}. Each command was run with`,
    '`--target single-brain` and the defect, and without the defect it passed in the same tests.',
    '',
    '| id | claim | observed by | defect | found by | with the defect |',
    '|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
