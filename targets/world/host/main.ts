/** The program that the harness starts: a reference world on this machine. */
import { WORLDS } from '../worlds.ts';
import { runOnHost } from './run.ts';

await runOnHost(WORLDS);
