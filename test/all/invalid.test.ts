import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { antipode, finished, seen } from '../antipode.ts';

test('a generator starved of CPU makes the run INVALID, never FAIL', async () => {
  const running = antipode(['load', '--profile', 'gate-test', '--duration', '20']);
  await seen(running, / s of .* baseline/);
  // Twice as many busy loops as cores, at a higher priority than the generator; they also end by themselves.
  const burners = Array.from({ length: cpus().length * 2 }, () =>
    spawn('nice', ['-n', '-20', process.execPath, '-e', 'const end = Date.now() + 60_000; while (Date.now() < end);'], {
      stdio: 'ignore',
    }),
  );
  try {
    const { exitCode, result, text } = await finished(running);
    expect(result?.verdict, text).toBe('INVALID');
    expect(exitCode).toBe(4);
    // Late requests, or a harness too slow to resolve names for clients: both are the generator's fault and reported as
    // such.
    const broken = result!.validity.filter((check) => !check.ok).map((check) => check.id);
    expect(broken.some((id) => ['generator-lag', 'control-series', 'generator-resources'].includes(id))).toBe(true);
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
  }
});

test('a wall clock that steps during the run makes it INVALID', async () => {
  const preload = pathToFileURL(join(import.meta.dirname, 'stepping-clock.mjs')).href;
  const { exitCode, result, text } = await finished(
    antipode(['load', '--profile', 'gate-test', '--rate', '60', '--duration', '20'], {
      NODE_OPTIONS: `--import ${preload}`,
    }),
  );
  expect(result?.verdict, text).toBe('INVALID');
  expect(exitCode).toBe(4);
  expect(result!.validity.find((check) => check.id === 'clock')).toMatchObject({ ok: false });
});
