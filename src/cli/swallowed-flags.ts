/** Detects flags before `--`, which npm consumes: the command would run without them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageError } from '../errors.ts';

/**
 * Throws (exit 2, with the corrected line) if npm consumed one of `flags` of `npm run <command>`. `flags` are written
 * as for commander: '--quick', '--no-lanes', '-p, --profile <name>'. Checks only if npm started this command.
 *
 * How npm 10 and 11 pass a flag on, measured (src/cli/swallowed-flags.test.ts runs the real npm):
 *   --quick          npm_config_quick=true
 *   --profile=x      npm_config_profile=x
 *   --profile x      npm_config_profile=true, and x becomes an argument
 *   --no-lanes       npm_config_lanes= (empty)
 *   --dry-run        npm_config_dry_run=true
 *   --json           npm_config_json=true, also for npm's own reasons
 *   --quiet, -q      npm_config_loglevel=warn
 */
export function refuseSwallowedFlags(
  command: string,
  flags: string[],
  env: NodeJS.ProcessEnv,
  argv: string[] = process.argv.slice(2),
): void {
  if (env['npm_lifecycle_event'] !== command) return;
  const rest = argv[0] === command ? argv.slice(1) : argv;
  const consumed = flags.flatMap((flag) => consumedFlag(flag, env, rest) ?? []);
  if (consumed.length === 0) return;

  // `--profile x` leaves a bare x as an argument. With several, it is unknown which belongs to which flag.
  const firstFlag = rest.findIndex((arg) => arg.startsWith('-'));
  const bare = rest.slice(0, firstFlag < 0 ? rest.length : firstFlag);
  const waiting = consumed.filter((flag) => flag.takesValue && flag.value === null);
  const remaining = rest.slice(Math.min(waiting.length, bare.length));
  const words = consumed.flatMap(({ name, takesValue, value }) => {
    if (!takesValue) return [name];
    return [name, value ?? (waiting.length === 1 ? bare[0] : undefined) ?? `<${name.slice(2)}>`];
  });
  const line = `npm run ${command} -- ${[...words, ...remaining].map(quoted).join(' ')}`;
  throw usageError({
    what: `npm consumed ${consumed.map((flag) => flag.name).join(', ')}: flags of ${command} belong after \`--\``,
    got: consumed.map((flag) => `${flag.variable}=${env[flag.variable] ?? ''} in the environment`).join(', '),
    next: `Run: ${line}`,
  });
}

interface ConsumedFlag {
  name: string;
  variable: string;
  takesValue: boolean;
  /** The value in the environment; null if it became an argument. */
  value: string | null;
}

function consumedFlag(flag: string, env: NodeJS.ProcessEnv, rest: string[]): ConsumedFlag | null {
  const name = /--[\w-]+/.exec(flag)?.[0];
  if (name === undefined) throw new Error(`not a flag: ${flag}`);
  const negated = name.startsWith('--no-');
  const setting = name === '--quiet' ? 'loglevel' : name.slice(negated ? 5 : 2);
  const variable = `npm_config_${setting.toLowerCase().replaceAll('-', '_')}`;
  const value = env[variable];
  if (value === undefined) return null;
  const takesValue = /[<[]/.test(flag) || (setting !== 'loglevel' && !['true', ''].includes(value));
  // Also given after `--`: nothing is lost.
  if (rest.some((arg) => arg === name || arg.startsWith(`${name}=`))) return null;
  if (setting === 'loglevel' && value !== 'warn') return null;
  // An empty value means false: lost for --no-lanes and --profile=, without effect for --quick=false.
  if (negated ? value !== '' : value === '' && !takesValue) return null;
  if (isNpmSetting(setting, env)) return null;
  return { name, variable, takesValue, value: takesValue && value !== 'true' ? value : null };
}

/** Whether the setting comes from a .npmrc or from NPM_CONFIG_…, not from the command line. */
function isNpmSetting(setting: string, env: NodeJS.ProcessEnv): boolean {
  const upper = `NPM_CONFIG_${setting.toUpperCase().replaceAll('-', '_')}`;
  if (env[upper] !== undefined) return true;
  const local = env['npm_config_local_prefix'];
  const files = [env['npm_config_userconfig'], env['npm_config_globalconfig'], local && join(local, '.npmrc')];
  return files.some((file) => {
    try {
      return file ? new RegExp(`^\\s*${setting}\\s*(=|$)`, 'm').test(readFileSync(file, 'utf8')) : false;
    } catch {
      return false;
    }
  });
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./<>-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
