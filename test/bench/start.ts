/** Time from the command to the first request with cached tools, and the start and stop time of the world. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalLine } from '../../src/formats/journal.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { startWorld } from '../../src/run/world.ts';
import { antipode, finished } from '../antipode.ts';
import { median } from './order.ts';

const ROUNDS = 3;

/** Rows of [figure, measured, required]. */
export async function startBench(): Promise<string[][]> {
  const tools = await resolveTools(['toxiproxy-server', 'redis-server', 'postgres']);
  const up: number[] = [];
  const down: number[] = [];
  const first: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const world = await startWorld({ world: 'active-active', defect: null, tools });
    up.push(world.tookMs);
    const from = performance.now();
    await world.stop();
    down.push(performance.now() - from);

    const startedMs = Date.now();
    const { runDir } = await finished(antipode(['load', '--profile', 'apac-heavy', '--duration', '5', '--quiet']));
    const lines = (await readFile(join(runDir!, 'journal.jsonl'), 'utf8')).trim().split('\n');
    const t0 = lines.map((line) => (JSON.parse(line) as JournalLine).event).find((event) => event.kind === 't0');
    first.push(t0!.epochMs - startedMs);
  }
  const seconds = (values: number[]): string => `${(median(values) / 1000).toFixed(1)} s`;
  return [
    ['npm run load to T0, tools cached', seconds(first), '< 10 s'],
    ['world up', seconds(up), '< 6 s'],
    ['world down', seconds(down), '< 2 s'],
  ];
}
