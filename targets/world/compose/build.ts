/** Bundles the programs of every world when the image is built, into one folder per world. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bundlePrograms } from '../kit/bundle.ts';
import { WORLDS } from '../worlds.ts';

const directory = process.argv[2] ?? 'dist';
for (const [name, { api }] of Object.entries(WORLDS)) {
  await mkdir(join(directory, name), { recursive: true });
  await bundlePrograms(join(directory, name), api);
}
