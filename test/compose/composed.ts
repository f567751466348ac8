/** Runs docker-compose.yml on the tests' own engine, like a user, under its own project name. */
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
  /** `docker compose` with the shipped file; `env` sets its variables. */
  compose(args: string[], options?: DockerOptions): Promise<DockerResult>;
  /** world.json of the running world, written to where commands on this machine find it. */
  world(): Promise<{ file: WorldFile; worldFilePath: string }>;
  /** The project's containers, volumes and networks that are left in the engine. */
  left(): Promise<string[]>;
}

/**
 * Builds with the machine's network, because this engine has no internet access; nothing else of the shipped file is
 * changed.
 */
async function override(): Promise<string> {
  const text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true, maxAliasCount: -1 }) as ComposeFile;
  const built = Object.keys(services).filter((name) => services[name]!.build);
  return `services:\n${built.map((name) => `  ${name}: { build: { network: host } }\n`).join('')}`;
}

/** A project that is not started yet; disposal takes it down. */
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
