import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../.ci/run', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-ci-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const counts = (passed: number, failed: number, files: { status: string; tests: string[] }[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults: files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  })),
});

/** Runs .ci/run with a fake npm that writes `reports` and exits with these codes. */
async function ci(parts: {
  install: number;
  test: number;
  reports: object[];
}): Promise<{ last: string; code: number }> {
  const lines = parts.reports.map(
    (report, i) => `echo '${JSON.stringify(report)}' > "$ANTIPODE_TEST_COUNTS/${i}.json"`,
  );
  await writeFile(
    join(folder, 'npm'),
    `#!/bin/sh\n[ "$1" = ci ] && exit ${parts.install}\n${lines.join('\n')}\nexit ${parts.test}\n`,
  );
  await chmod(join(folder, 'npm'), 0o755);
  const PATH = `${folder}:${process.env['PATH']}`;
  const { stdout, exitCode } = await execa(SCRIPT, [], { env: { PATH }, reject: false, timeout: 15_000 });
  return { last: stdout.split('\n').at(-1) ?? '', code: exitCode ?? -1 };
}

describe.runIf(process.platform === 'linux')('.ci/run', () => {
  test('sums the tests of every vitest run in its last line', async () => {
    const reports = [counts(40, 0), counts(2, 0)];
    expect(await ci({ install: 0, test: 0, reports })).toEqual({ last: '42 passed, 0 failed', code: 0 });
  });

  test('fails when a test failed', async () => {
    const reports = [counts(40, 2, [{ status: 'failed', tests: ['passed', 'failed', 'failed'] }])];
    expect(await ci({ install: 0, test: 1, reports })).toEqual({ last: '40 passed, 2 failed', code: 1 });
  });

  test('counts a test file that broke before its first test', async () => {
    const reports = [counts(40, 0, [{ status: 'failed', tests: [] }])];
    expect(await ci({ install: 0, test: 1, reports })).toEqual({ last: '40 passed, 1 failed', code: 1 });
  });

  test('counts a failed step that is not a test, before or after the tests', async () => {
    expect(await ci({ install: 3, test: 0, reports: [] })).toEqual({ last: '0 passed, 1 failed', code: 1 });
    expect(await ci({ install: 0, test: 2, reports: [] })).toEqual({ last: '0 passed, 1 failed', code: 1 });
    expect(await ci({ install: 0, test: 2, reports: [counts(5, 0)] })).toEqual({ last: '5 passed, 1 failed', code: 1 });
  });

  test('fails when no test ran', async () => {
    expect(await ci({ install: 0, test: 0, reports: [] })).toEqual({ last: '0 passed, 1 failed', code: 1 });
  });
});
