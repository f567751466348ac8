/** A Docker engine with its client, Compose and Buildx, unpacked into the cache; nothing is installed. */
import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstLine, versionOf } from '../../src/tools/command.ts';
import { PLATFORM } from '../../src/tools/tool.ts';
import { debianMirror, NEWEST_SUITE, type Suite, suites } from './debian.ts';
import { kept, lockCache, scratch } from './kept.ts';

export interface EnginePrograms {
  /** Directory of dockerd, docker, containerd, runc and what they call. */
  programs: string;
  /** Directory of docker-compose and docker-buildx, the plug-ins of docker. */
  plugins: string;
  /** The version that each reports. */
  versions: Record<string, string>;
}

interface Program {
  package: string;
  /** Its path in the package. */
  path: string;
  /** Its name here. */
  name: string;
  version: string[];
}

const ENGINE: Program[] = [
  { package: 'docker.io', path: 'usr/sbin/dockerd', name: 'dockerd', version: ['--version'] },
  { package: 'docker.io', path: 'usr/sbin/docker-proxy', name: 'docker-proxy', version: ['--version'] },
  { package: 'docker-cli', path: 'usr/bin/docker', name: 'docker', version: ['--version'] },
  { package: 'containerd', path: 'usr/bin/containerd', name: 'containerd', version: ['--version'] },
  { package: 'containerd', path: 'usr/bin/containerd-shim-runc-v2', name: 'containerd-shim-runc-v2', version: ['-v'] },
  { package: 'runc', path: 'usr/sbin/runc', name: 'runc', version: ['--version'] },
  { package: 'tini-static', path: 'usr/bin/tini-static', name: 'docker-init', version: ['--version'] },
];
const PLUGIN_FOLDER = 'usr/libexec/docker/cli-plugins';
const PLUGINS: Program[] = ['docker-compose', 'docker-buildx'].map((name) => ({
  package: name,
  path: `${PLUGIN_FOLDER}/${name}`,
  name,
  version: ['version'],
}));

/**
 * The engine calls iptables in each container's namespace, for DNS. It comes from the machine's own suite, because it
 * needs that C library.
 */
const IPTABLES =
  'iptables libip4tc2 libip6tc2 libmnl0 libnetfilter-conntrack3 libnfnetlink0 libnftnl11 libxtables12'.split(' ');
const IPTABLES_WRAPPER = `#!/bin/sh
here=$(dirname "$0")/../iptables
export LD_LIBRARY_PATH="$here/lib" XTABLES_LIBDIR="$here/lib/xtables"
exec "$here/xtables-nft-multi" "$(basename "$0")" "$@"
`;

/**
 * The programs, from the cache or downloaded. Each comes from the newest suite, or from the machine's own if it does
 * not run (runc needs a newer C library). Throws with those that run from neither.
 */
export async function enginePrograms(say: (message: string) => void): Promise<EnginePrograms> {
  await using _lock = await lockCache(say);
  const mirror = await debianMirror();
  const names = [...new Set([NEWEST_SUITE, mirror?.ownSuite ?? NEWEST_SUITE])];
  const folder = await kept(
    'engine',
    [PLATFORM, ...names, JSON.stringify([ENGINE, PLUGINS, IPTABLES, IPTABLES_WRAPPER])],
    async (stage) => {
      say(`Docker engine and Compose: downloading them from Debian ${NEWEST_SUITE} (under a minute, once)`);
      await fill(stage, names);
    },
  );
  const versions = JSON.parse(await readFile(join(folder, 'versions.json'), 'utf8')) as Record<string, string>;
  return { programs: join(folder, 'programs'), plugins: join(folder, 'plugins'), versions };
}

async function fill(stage: string, names: string[]): Promise<void> {
  const versions: Record<string, string> = {};
  const missing = [...ENGINE, ...PLUGINS];
  const why: string[] = [];
  await using debian = suites();
  for (const name of names) {
    if (missing.length === 0) break;
    const suite = await debian.suite(name);
    const root = await scratch('engine');
    try {
      await suite.unpack([...new Set(missing.map((program) => program.package))], root, { dependencies: false });
      for (const program of missing.slice()) {
        const file = join(stage, PLUGINS.includes(program) ? 'plugins' : 'programs', program.name);
        try {
          versions[program.name] = await place(join(root, program.path), file, program);
          missing.splice(missing.indexOf(program), 1);
        } catch (error) {
          why.push(`${program.name} of ${name}: ${firstLine(error)}`);
          await rm(file, { force: true });
        }
      }
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
  if (missing.length > 0) throw new Error(`cannot get a Docker engine for this machine; ${why.join('; ')}`);
  await placeIptables(stage, await debian.suite(names.at(-1)!));
  await writeFile(join(stage, 'versions.json'), JSON.stringify(versions));
}

async function placeIptables(stage: string, suite: Suite): Promise<void> {
  const root = await scratch('iptables');
  try {
    await suite.unpack(IPTABLES, root, { dependencies: false });
    const [triplet] = await readdir(join(root, 'usr/lib'));
    await cp(join(root, 'usr/lib', triplet!), join(stage, 'iptables/lib'), { recursive: true, verbatimSymlinks: true });
    await copyFile(join(root, 'usr/sbin/xtables-nft-multi'), join(stage, 'iptables/xtables-nft-multi'));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  for (const name of ['iptables', 'ip6tables']) {
    const file = join(stage, 'programs', name);
    await writeFile(file, IPTABLES_WRAPPER);
    await chmod(file, 0o755);
    await versionOf(file, ['--version'], /v(\d+\.\d+\.\d+)/);
  }
}

/** Copies it (following links in the package), runs it, and returns its version. */
async function place(from: string, to: string, program: Program): Promise<string> {
  await mkdir(join(to, '..'), { recursive: true });
  await copyFile(from, to);
  await chmod(to, 0o755);
  return await versionOf(to, program.version, /\bv?(\d+\.\d+\.\d+)/);
}
