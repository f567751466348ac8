import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AntipodeError, EXIT } from '../errors.ts';
import { refuseSwallowedFlags } from './swallowed-flags.ts';

const FLAGS = ['--profile <name>', '--seed <n>', '--quick', '--json', '--quiet', '--dry-run', '--no-lanes'];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-npm-'));
  const script = 'node show.cjs load';
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'x', version: '1.0.0', scripts: { load: script } }),
  );
  await writeFile(
    join(folder, 'show.cjs'),
    'console.log("SHOW" + JSON.stringify({ argv: process.argv.slice(2), env: process.env }))',
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the real npm passes to the script for `npm run load <words>`. */
async function npmRunLoad(
  words: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ argv: string[]; env: NodeJS.ProcessEnv }> {
  // The npm that runs these tests has added its own settings to the environment.
  const outer = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const { stdout } = await execa('npm', ['run', 'load', ...words], {
    cwd: folder,
    env: { ...outer, ...env },
    extendEnv: false,
    timeout: 30_000,
  });
  const shown = stdout.split('\n').find((line) => line.startsWith('SHOW'));
  return JSON.parse(shown?.slice(4) ?? 'null') as { argv: string[]; env: NodeJS.ProcessEnv };
}

async function refusal(words: string[], env?: NodeJS.ProcessEnv): Promise<AntipodeError | null> {
  const handed = await npmRunLoad(words, env);
  try {
    refuseSwallowedFlags('load', FLAGS, handed.env, handed.argv);
    return null;
  } catch (error) {
    if (error instanceof AntipodeError) return error;
    throw error;
  }
}

describe('a flag that npm consumes', { timeout: 60_000 }, () => {
  test.each([
    [['--quick'], 'npm run load -- --quick'],
    [['--profile=apac-heavy'], 'npm run load -- --profile apac-heavy'],
    [['--profile', 'apac-heavy'], 'npm run load -- --profile apac-heavy'],
    [['--profile', 'apac-heavy', '--quick'], 'npm run load -- --profile apac-heavy --quick'],
    [['--profile', 'apac-heavy', '--', '--seed', '3'], 'npm run load -- --profile apac-heavy --seed 3'],
    [['--profile', 'apac-heavy', '--seed', '3'], 'npm run load -- --profile <profile> --seed <seed>'],
    [['--profile=two words'], "npm run load -- --profile 'two words'"],
    [['--json'], 'npm run load -- --json'],
    [['--quiet'], 'npm run load -- --quiet'],
    [['-q'], 'npm run load -- --quiet'],
    [['--dry-run'], 'npm run load -- --dry-run'],
    [['--no-lanes'], 'npm run load -- --no-lanes'],
  ])('%j is refused with the line %j', async (words, line) => {
    const error = await refusal(words);
    expect(error?.exitCode).toBe(EXIT.usage);
    expect(error?.parts.next).toBe(`Run: ${line}`);
  });

  test.each([
    [[]],
    [['--', '--quick']],
    [['--', '--profile', 'apac-heavy', '--json']],
    // Given on both sides: nothing is lost.
    [['--json', '--', '--json']],
    // A flag of npm.
    [['--silent']],
    [['--foreground-scripts']],
    // The default, given explicitly.
    [['--quick=false']],
  ])('%j is not refused', async (words) => {
    expect(await refusal(words)).toBeNull();
  });

  test('is not assumed from settings of npm itself, from the environment or a .npmrc', async () => {
    expect(await refusal([], { NPM_CONFIG_JSON: 'true', NPM_CONFIG_LOGLEVEL: 'warn' })).toBeNull();
    await writeFile(join(folder, '.npmrc'), 'json=true\nloglevel = warn\n');
    try {
      expect(await refusal([])).toBeNull();
      expect((await refusal(['--quick']))?.parts.next).toBe('Run: npm run load -- --quick');
    } finally {
      await rm(join(folder, '.npmrc'));
    }
  });

  test('is checked only if npm started this command', async () => {
    const { argv, env } = await npmRunLoad(['--quick']);
    expect(() => refuseSwallowedFlags('plan', FLAGS, env, argv)).not.toThrow();
    expect(() => refuseSwallowedFlags('load', FLAGS, { npm_config_quick: 'true' }, argv)).not.toThrow();
  });
});
