import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { expect, test } from 'vitest';
import { antipode, finished } from '../antipode.ts';

test('a generator starved of CPU makes the run INVALID, never FAIL', async () => {
  // Twice as many busy loops as cores, above the generator's own priority; bounded by the test's end.
  const burners = Array.from({ length: cpus().length * 2 }, () =>
    spawn('nice', ['-n', '-20', process.execPath, '-e', 'const end = Date.now() + 60_000; while (Date.now() < end);'], {
      stdio: 'ignore',
    }),
  );
  try {
    const { exitCode, result, text } = await finished(antipode(['load', '--profile', 'gate-test', '--duration', '15']));
    expect(result?.verdict, text).toBe('INVALID');
    expect(exitCode).toBe(4);
    const broken = result!.validity.filter((check) => !check.ok).map((check) => check.id);
    expect(broken).toContain('generator-lag');
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
  }
});
