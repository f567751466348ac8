/** A Compose project of one test, with its files in a temporary directory. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { DockerOptions, DockerResult, Engine } from './engine.ts';

export interface Project extends AsyncDisposable {
  directory: string;
  /** Runs `docker compose` in this project. */
  compose(args: string[], options?: DockerOptions): Promise<DockerResult>;
  /** Runs a command in a running service; returns its output, trimmed. */
  inside(service: string, command: string[]): Promise<string>;
  /** Address of a published port of a service on this machine: '127.0.0.1:32768'. */
  address(service: string, port: number): Promise<string>;
}

/** Writes `files`, by path, including compose.yaml. Starts nothing. */
export async function composeProject(engine: Engine, files: Record<string, string>): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), 'compose-project-'));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text, { mode: path.endsWith('.sh') ? 0o755 : 0o644 });
  }
  const name = basename(directory).toLowerCase();
  const compose = (args: string[], options: DockerOptions = {}) =>
    engine.docker(['compose', '--project-name', name, '--progress', 'plain', ...args], { cwd: directory, ...options });
  return {
    directory,
    compose,
    inside: async (service, command) => (await compose(['exec', '-T', service, ...command])).stdout.trim(),
    address: async (service, port) => (await compose(['port', service, String(port)])).stdout.trim(),
    async [Symbol.asyncDispose]() {
      await compose(['down', '--volumes', '--timeout', '3'], { reject: false });
      await rm(directory, { recursive: true, force: true });
    },
  };
}
