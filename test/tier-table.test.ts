import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestModule } from 'vitest/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TierTable, tierTable } from './tier-table.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-table-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As vitest reports a test file to a reporter. */
const file = (project: string, name: string, tests: [title: string, state: string][]): TestModule =>
  ({
    project: { name: project },
    relativeModuleId: name,
    state: () => 'failed',
    children: {
      allTests: () =>
        tests.map(([title, state]) => ({
          name: title,
          result: () => ({ state }),
          diagnostic: () => ({ duration: 1_250 }),
        })),
    },
  }) as unknown as TestModule;

describe('the table of the all tests', () => {
  it('has the date, the machine, the totals and a row for every test', () => {
    const row = { file: 'test/all/kills.test.ts', title: 'heals a | pipe', result: 'passed', ms: 61_000 };
    expect(tierTable('all', '2026-11-29', [row, { ...row, result: 'failed', ms: 29_000 }])).toBe(
      `# Results of the \`all\` tests

2026-11-29: 1 failed, 1 passed, in 1.5 minutes.

| file | test | result | seconds |
|---|---|---|---|
| \`test/all/kills.test.ts\` | heals a \\| pipe | passed | 61.0 |
| \`test/all/kills.test.ts\` | heals a \\| pipe | failed | 29.0 |
`,
    );
  });

  it('is updated after every file, one table per project, without the unit tests', async () => {
    const table = new TierTable(join(folder, 'new'));
    table.onTestModuleEnd(file('unit', 'src/a.test.ts', [['is fast', 'passed']]));
    table.onTestModuleEnd(file('all', 'test/all/a.test.ts', [['holds', 'passed']]));
    table.onTestModuleEnd(file('compose', 'test/compose/c.test.ts', [['holds, too', 'passed']]));
    table.onTestModuleEnd(file('all', 'test/all/broken.test.ts', []));
    expect((await readdir(join(folder, 'new'))).toSorted()).toEqual(['test-all.md', 'test-compose.md']);
    const text = await readFile(join(folder, 'new/test-all.md'), 'utf8');
    expect(text).toContain(': 1 failed, 1 passed, in 0.0 minutes.');
    expect(text).toContain('| `test/all/a.test.ts` | holds | passed | 1.3 |');
    expect(text).toContain('| `test/all/broken.test.ts` | (the whole file) | failed | 0.0 |');
  });
});
