import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const SCENARIOS = join(import.meta.dirname, '../../scenarios');

/** `virtual:journeys` exports every file of scenarios/journeys by its name, so that a new journey is one file. */
const journeys: Plugin = {
  name: 'journeys',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^virtual:journeys$/ }, ({ path }) => ({ path, namespace: 'journeys' }));
    onLoad({ filter: /.*/, namespace: 'journeys' }, async () => {
      const folder = join(SCENARIOS, 'journeys');
      const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).toSorted();
      const imports = files.map((file, i) => `import j${i} from ${JSON.stringify(join(folder, file))};`);
      const entries = files.map((file, i) => `${JSON.stringify(basename(file, '.ts'))}: j${i}`);
      return { contents: `${imports.join('\n')}\nexport default { ${entries.join(', ')} };`, resolveDir: SCENARIOS };
    });
  },
};

/**
 * Bundles the player to one ESM file for k6. Never pass k6 the TypeScript itself: on syntax unknown to its engine it
 * loops forever without output (k6 2.2.0, compiler.go).
 */
export async function bundlePlayer(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(SCENARIOS, 'player.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    external: ['k6', 'k6/*'],
    sourcemap: 'inline',
    plugins: [journeys],
    logLevel: 'silent',
  });
}
