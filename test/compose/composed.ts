/** docker-compose.yml brought up on the test's own engine, as a user would, under a project name of its own. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { WorldFile } from '../../src/formats/world-file.ts';
import { ROOT } from '../antipode.ts';
import type { DockerOptions, DockerResult, Engine } from './engine.ts';

const PROJECT = 'antipode-test';

interface ComposeFile {
  services: Record<string, { build?: object }>;
}

export interface Composed extends AsyncDisposable {
  /** `docker compose` on the shipped file; `env` is the environment that its variables come from. */
  compose(args: string[], options?: DockerOptions): Promise<DockerResult>;
  /** world.json of the world that is up, written where commands of this machine find it. */
  world(): Promise<{ file: WorldFile; worldFilePath: string }>;
  /** What of the project is left in the engine: containers, volumes, networks. */
  left(): Promise<string[]>;
}

/**
 * Builds in the machine's network, for this engine's own has no way out; nothing else of the shipped file is changed.
 */
async function override(): Promise<string> {
  const text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true, maxAliasCount: -1 }) as ComposeFile;
  const built = Object.keys(services).filter((name) => services[name]!.build);
  return `services:\n${built.map((name) => `  ${name}: { build: { network: host } }\n`).join('')}`;
}

/** Ready to be brought up; dispose takes everything down. */
export async function composed(engine: Engine): Promise<Composed> {
  const directory = await mkdtemp(join(tmpdir(), 'antipode-composed-'));
  const overrideFile = join(directory, 'override.yml');
  await writeFile(overrideFile, await override());
  const runs = await stat(join(ROOT, 'runs'));
  const env = {
    ANTIPODE_USER: `${runs.uid}:${runs.gid}`,
    ANTIPODE_ENGINE: `Docker ${engine.versions.engine}, Compose ${engine.versions.compose}, stand-in images`,
  };
  const files = ['-f', 'docker-compose.yml', '-f', overrideFile];
  const compose = (args: string[], options: DockerOptions = {}): Promise<DockerResult> =>
    engine.docker(['compose', '-p', PROJECT, ...files, ...args], {
      cwd: ROOT,
      ...options,
      env: { ...env, ...options.env },
    });
  const down = (): Promise<DockerResult> => compose(['--profile', '*', 'down', '-v', '-t', '3', '--remove-orphans']);
  return {
    compose,
    async world() {
      const worldFilePath = join(directory, 'world.json');
      const { stdout } = await compose(['exec', '-T', 'world', 'cat', '/run/antipode/world/world.json']);
      await writeFile(worldFilePath, stdout);
      return { file: JSON.parse(stdout) as WorldFile, worldFilePath };
    },
    async left() {
      const of = ['--filter', `label=com.docker.compose.project=${PROJECT}`, '-q'];
      const asked = [
        ['ps', '-a', ...of],
        ['volume', 'ls', ...of],
        ['network', 'ls', ...of],
      ];
      const answers = await Promise.all(asked.map((args) => engine.docker(args)));
      return answers.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
    },
    async [Symbol.asyncDispose]() {
      await down();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
