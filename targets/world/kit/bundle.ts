import { build, stop } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes one file of each program of a world, without types, in `directory`: its API, whose source this is, and the
 * edge. Returns their paths. Four processes that each load hundreds of modules through a compiler need twice the
 * processor time, most of what a start costs.
 */
export async function bundlePrograms(directory: string, api: URL): Promise<Record<'api' | 'edge', string>> {
  const { outputFiles } = await build({
    // Written by us: esbuild would make the directory again if the world went down in the meantime.
    write: false,
    entryPoints: { api: fileURLToPath(api), edge: fileURLToPath(new URL('./programs/edge.ts', import.meta.url)) },
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
