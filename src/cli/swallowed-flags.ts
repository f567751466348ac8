/** npm keeps flags that stand before `--` for itself; a run without them is not the run that was asked for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { usageError } from '../errors.ts';

/**
 * Throws (exit 2, with the corrected line) if npm kept one of `flags` of `npm run <command>`. `flags` are written as
 * for commander: '--quick', '--no-lanes', '-p, --profile <name>'. Only looks when npm started this very command.
 *
 * How npm 10 and 11 hand a flag on, measured (src/cli/swallowed-flags.test.ts runs the real npm):
 *   --quick          npm_config_quick=true
 *   --profile=x      npm_config_profile=x
 *   --profile x      npm_config_profile=true, and x becomes an argument
 *   --no-lanes       npm_config_lanes= (empty)
 *   --dry-run        npm_config_dry_run=true
 *   --json           npm_config_json=true, as it does for npm's own reasons
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
  const kept = flags.flatMap((flag) => keptFlag(flag, env, rest) ?? []);
  if (kept.length === 0) return;

  // `--profile x` leaves a bare x behind. Which of several such values belongs to which flag, npm does not tell.
  const firstFlag = rest.findIndex((arg) => arg.startsWith('-'));
  const bare = rest.slice(0, firstFlag < 0 ? rest.length : firstFlag);
  const waiting = kept.filter((flag) => flag.takesValue && flag.value === null);
  const remaining = rest.slice(Math.min(waiting.length, bare.length));
  const words = kept.flatMap(({ name, takesValue, value }) => {
    if (!takesValue) return [name];
    return [name, value ?? (waiting.length === 1 ? bare[0] : undefined) ?? `<${name.slice(2)}>`];
  });
  const line = `npm run ${command} -- ${[...words, ...remaining].map(quoted).join(' ')}`;
  throw usageError({
    what: `npm keeps flags that stand before \`--\`, so ${command} never saw ${kept.map((flag) => flag.name).join(', ')}`,
    got: kept.map((flag) => `${flag.variable}=${env[flag.variable] ?? ''} in the environment`).join(', '),
    next: `Say: ${line}`,
  });
}

interface KeptFlag {
  name: string;
  variable: string;
  takesValue: boolean;
  /** Value npm handed on; null if it became an argument. */
  value: string | null;
}

function keptFlag(flag: string, env: NodeJS.ProcessEnv, rest: string[]): KeptFlag | null {
  const name = /--[\w-]+/.exec(flag)?.[0];
  if (name === undefined) throw new Error(`not a flag: ${flag}`);
  const negated = name.startsWith('--no-');
  const setting = name === '--quiet' ? 'loglevel' : name.slice(negated ? 5 : 2);
  const variable = `npm_config_${setting.toLowerCase().replaceAll('-', '_')}`;
  const value = env[variable];
  if (value === undefined) return null;
  const takesValue = /[<[]/.test(flag) || (setting !== 'loglevel' && !['true', ''].includes(value));
  // Given after `--` as well: then we have it.
  if (rest.some((arg) => arg === name || arg.startsWith(`${name}=`))) return null;
  if (setting === 'loglevel' && value !== 'warn') return null;
  // An empty value is a false: lost for --no-lanes and --profile=, without effect for --quick=false.
  if (negated ? value !== '' : value === '' && !takesValue) return null;
  if (isNpmsOwn(setting, env)) return null;
  return { name, variable, takesValue, value: takesValue && value !== 'true' ? value : null };
}

/** Whether the setting comes from a .npmrc or from NPM_CONFIG_… and not from the command line. */
function isNpmsOwn(setting: string, env: NodeJS.ProcessEnv): boolean {
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
