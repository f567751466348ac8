/** The main process of a reference world on this machine; the harness starts it. */
import { WORLDS } from '../worlds.ts';
import { runOnHost } from './run.ts';

await runOnHost(WORLDS);
