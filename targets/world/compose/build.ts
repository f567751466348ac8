/** Makes the programs of the world's containers in the folder given, when their image is built. */
import { mkdir } from 'node:fs/promises';
import { bundlePrograms } from '../kit/bundle.ts';

const directory = process.argv[2] ?? 'dist';
await mkdir(directory, { recursive: true });
await bundlePrograms(directory);
