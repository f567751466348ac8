import { build, stop } from 'esbuild';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Bundles each program of a world into one JavaScript file in `directory`: the API from this source, and the edge.
 * Returns their paths. Without it four processes would each compile hundreds of modules, which doubles the CPU time of
 * a start.
 */
export async function bundlePrograms(directory: string, api: URL): Promise<Record<'api' | 'edge', string>> {
  const { outputFiles } = await build({
    // Written below: esbuild would create the directory again if the world stopped in the meantime.
    write: false,
    entryPoints: { api: fileURLToPath(api), edge: fileURLToPath(new URL('./programs/edge.ts', import.meta.url)) },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // CommonJS dependencies (pg, ioredis, fastify) load Node's modules with require.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    external: ['pg-native'], // optional, and not installed
    logLevel: 'silent', // errors are thrown
  });
  await stop(); // ends esbuild's process
  await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents)));
  return { api: join(directory, 'api.mjs'), edge: join(directory, 'edge.mjs') };
}
