import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import type { RunPlan } from '../formats/plan.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** `npm run plan -- <words>` in its own process, without npm. */
const plan = (...words: string[]) => planWith({}, ...words);

const planWith = (env: Record<string, string>, ...words: string[]) =>
  execa(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'plan', ...words], {
    cwd: root,
    env,
    reject: false,
    timeout: 30_000,
  });

describe('npm run plan', () => {
  test('prints what the run can decide, its load, and the evidence of every cell', async () => {
    const { exitCode, stdout } = await plan('--profile', 'gate-test', '--duration', '20', '--seed', '7');
    expect(exitCode).toBe(EXIT.pass);
    for (const title of ['This run can decide:', 'Load', 'Origins', 'Evidence for gating claims']) {
      expect(stdout).toContain(title);
    }
    expect(stdout).toMatch(/Singapore +ap-southeast-1 +[\d.]+ ms +modelled +33 %/);
    expect(stdout).toMatch(/write-p99 +eu-west-1 +190 ms +70 ms/);
  });

  test('prints the same plan as JSON, and the same one for the same seed', async () => {
    const flags = ['--profile', 'gate-test', '--rate', '100', '--quick', '--json'];
    const [once, again] = await Promise.all([plan(...flags), plan(...flags)]);
    const timeless = (text: string): unknown => ({ ...(JSON.parse(text) as RunPlan), createdAt: '' });
    expect(timeless(once.stdout)).toEqual(timeless(again.stdout));
    expect(timeless(once.stdout)).toMatchObject({ ratePerSecond: 100, durationMs: 48_000, mixRows: 4800, quick: true });
  });

  test("shows the speed of the world's routing", async () => {
    const { stdout } = await plan('--profile', 'gate-test', '--speed', 'real', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ target: { routingSpeed: 'real', ttlSeconds: 60 } });
  });

  test('lists all profiles and exits 2 without --profile', async () => {
    const { exitCode, stderr, stdout } = await plan();
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toMatch(/apac-heavy +Asia-Pacific heavy/);
    expect(stderr).toMatch(/follow-the-sun +Follow the sun/);
    expect(stdout).toBe('');
  });

  test.each([
    ['--rate', 'NaN'],
    ['--duration', '-5'],
    ['--seed', '1.5'],
    ['--speed', 'slow'],
  ])('names the flag of %s %s', async (flag, value) => {
    const { exitCode, stderr } = await plan('--profile', 'gate-test', flag, value);
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toContain(`${flag}: `);
    expect(stderr).toContain(`got "${value}"`);
  });

  test('refuses an invalid URL of Grafana', async () => {
    const { exitCode, stderr, stdout } = await planWith(
      { ANTIPODE_GRAFANA_URL: 'grafana:3000' },
      '--profile',
      'gate-test',
    );
    expect(exitCode).toBe(EXIT.usage);
    expect(stderr).toMatch(/^ANTIPODE_GRAFANA_URL: .*got "grafana:3000", expected an http/);
    expect(stdout).toBe('');
  });
});
