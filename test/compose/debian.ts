/**
 * Packages of any suite of the machine's Debian mirror, unpacked but never installed: the machine is not changed, and
 * no package can start a service. apt finds, verifies (signatures, hashes) and downloads them; its state is in a
 * separate directory.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { run } from '../../src/tools/command.ts';
import { scratch } from './kept.ts';

/** The suite of the newest server versions. It changes over time; each result reports the actual version. */
export const NEWEST_SUITE = 'forky';

const APT_TIMEOUT_MS = 10 * 60_000;
const UNPACK_TIMEOUT_MS = 5 * 60_000;
/** Debian's keys, including those of suites newer than the machine's. Without that file apt uses the keys it trusts. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** Files that official slim images leave out too. */
const NOT_UNPACKED = ['doc', 'man', 'info', 'locale', 'lintian', 'bug'].map((name) => `./usr/share/${name}/*`);

export interface Suite extends AsyncDisposable {
  name: string;
  /**
   * Unpacks these packages, and with `dependencies` everything they need, into `root`. Returns name and version of
   * each.
   */
  unpack(packages: string[], root: string, options: { dependencies: boolean; without?: string[] }): Promise<Versions>;
}

/** Upstream versions by package, without Debian's epoch and revision. */
export type Versions = Record<string, string>;

/**
 * Address of the Debian mirror in the machine's apt sources, and the machine's own suite; null if apt knows no such
 * mirror or has no index of it yet.
 */
export async function debianMirror(): Promise<{ address: string; ownSuite: string } | null> {
  const format = '$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)';
  const listed = await run('apt-get', ['indextargets', '--format', format], { timeoutMs: 60_000 });
  for (const line of listed.split('\n')) {
    const [kind, origin, label, codename, component, address] = line.split('|');
    // The first one: bookworm comes before bookworm-updates, and a suffix never belongs to a base suite.
    if (kind !== 'Packages' || origin !== 'Debian' || label !== 'Debian' || component !== 'main') continue;
    if (!codename || codename.includes('-') || !address) continue;
    return { address, ownSuite: codename };
  }
  return null;
}

/** Suites, opened on first use and closed together. */
export interface Suites extends AsyncDisposable {
  suite(name: string): Promise<Suite>;
}

/** Starts with no open suite. */
export function suites(): Suites {
  const opened = new Map<string, Promise<Suite>>();
  return {
    suite(name) {
      const known = opened.get(name) ?? openSuite(name);
      opened.set(name, known);
      return known;
    },
    async [Symbol.asyncDispose]() {
      for (const one of await Promise.allSettled(opened.values())) {
        if (one.status === 'fulfilled') await one.value[Symbol.asyncDispose]();
      }
    },
  };
}

/** Reads the index of a suite of that mirror. Throws if the mirror lacks it or apt cannot verify it. */
async function openSuite(name: string): Promise<Suite> {
  const mirror = await debianMirror();
  if (!mirror) throw new Error("no Debian mirror with an index in apt's sources; run apt-get update");
  const state = await scratch('apt');
  const dispose = () => rm(state, { recursive: true, force: true });
  try {
    await mkdir(join(state, 'sources'));
    const signedBy = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : '';
    await writeFile(join(state, 'sources/suite.list'), `deb ${signedBy}${mirror.address} ${name} main\n`);
    await writeFile(join(state, 'status'), '');
    await writeFile(join(state, 'apt.conf'), configuration(state));
    await apt(state, ['update'], state);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    name,
    async unpack(packages, root, { dependencies, without = [] }) {
      const folder = await mkdtemp(join(state, 'debs-'));
      if (dependencies) {
        await apt(state, ['install', '--download-only', '-o', `Dir::Cache::archives=${folder}`, ...packages], folder);
      } else {
        await apt(state, ['download', ...packages], folder);
      }
      const versions: Versions = {};
      for (const file of (await readdir(folder)).filter((one) => one.endsWith('.deb'))) {
        const fields = await run('dpkg-deb', ['--show', '--showformat=${Package} ${Version}', join(folder, file)], {
          timeoutMs: 60_000,
        });
        const [unpacked, version] = fields.split(' ') as [string, string];
        if (without.includes(unpacked)) continue;
        versions[unpacked] = upstream(version);
        await unpackOne(join(folder, file), root);
      }
      await rm(folder, { recursive: true, force: true });
      return versions;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** `5:8.0.6-3` is 8.0.6, `3.5.3+ds1-6` is 3.5.3. */
const upstream = (version: string): string =>
  version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/\+(?:ds|dfsg)\d*$/, '');

const apt = (state: string, args: string[], cwd: string): Promise<string> =>
  run('apt-get', ['-c', join(state, 'apt.conf'), '-q', '-y', ...args], {
    cwd,
    env: { DEBIAN_FRONTEND: 'noninteractive' },
    timeoutMs: APT_TIMEOUT_MS,
  });

/** In addition to the machine's apt.conf, whose proxies and checks apply here too; its hooks do not. */
const configuration = (state: string): string => `
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear Acquire::IndexTargets::deb::DEP-11;
#clear Acquire::IndexTargets::deb::DEP-11-icons-small;
#clear Acquire::IndexTargets::deb::DEP-11-icons;
#clear Acquire::IndexTargets::deb::DEP-11-icons-hidpi;
#clear Acquire::IndexTargets::deb::CNF;
Acquire::Languages "none";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Keep-Downloaded-Packages "true";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${state}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${state}";
Dir::State::status "${state}/status";
Dir::Cache "${state}/cache";
`;

/** Keeps the links of a merged /usr if an older package contains the directory. */
async function unpackOne(deb: string, root: string): Promise<void> {
  const excluded = NOT_UNPACKED.map((pattern) => `--exclude=${pattern}`);
  await execa('dpkg-deb', ['--fsys-tarfile', deb], { timeout: UNPACK_TIMEOUT_MS, buffer: false }).pipe(
    'tar',
    ['--extract', '--preserve-permissions', '--same-owner', '--keep-directory-symlink', ...excluded, '-C', root],
    { timeout: UNPACK_TIMEOUT_MS },
  );
}
