import { build, stop } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Program = 'api' | 'edge';

/**
 * Makes one file of each program of the world, without types, in `directory`; returns their paths. Four processes that
 * each load hundreds of modules through a compiler need twice the processor time, most of what a start costs.
 */
export async function bundlePrograms(directory: string): Promise<Record<Program, string>> {
  const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const { outputFiles } = await build({
    // Written by us: esbuild would make the directory again if the world went down in the meantime.
    write: false,
    entryPoints: { api: source('../active-active/api.ts'), edge: source('./programs/edge.ts') },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // What is CommonJS inside (pg, ioredis, fastify) asks for Node's modules by require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    external: ['pg-native'], // optional, and not installed
    logLevel: 'silent', // what fails is thrown
  });
  await stop(); // its process; it is needed once
  await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents)));
  return { api: join(directory, 'api.mjs'), edge: join(directory, 'edge.mjs') };
}
