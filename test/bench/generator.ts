/**
 * The cost of full recording, and the pacing accuracy: k6's CPU per request with the player, compared with a bare k6
 * loop and stock k6 with and without its own outputs, interleaved, medians; send lag at 1,000 and 2,000 requests/s.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processUsage } from '../../src/run/process-usage.ts';
import { GENERATOR_NICENESS, GO_RUNTIME } from '../../src/run/k6.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { operation, play } from '../play.ts';
import { startKnownServer } from './known-server-process.ts';
import type { KnownServer } from './known-server-process.ts';
import { median, quantile } from './order.ts';

const RATE = 1_000;
const SECONDS = 20;
const CLIENTS = 100;
const ROUNDS = 5;
const SAMPLE_MS = 50;

/** CPU seconds of process `pid` from its first request to its exit; sampled, accurate to about 20 ms. */
async function cpuWhileSending(pid: number, ended: Promise<unknown>, server: KnownServer): Promise<number> {
  const before = (await server.truth()).requests;
  let first: number | undefined;
  let last = 0;
  let over = false;
  void ended.then(() => (over = true));
  while (!over) {
    const usage = await processUsage(pid);
    if (usage) last = usage.cpuSeconds;
    if (first === undefined && (await server.truth()).requests > before) first = last;
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  return last - (first ?? 0);
}

async function playerCpu(
  server: KnownServer,
  rate: number,
): Promise<{ cpu: number; lagsMs: number[]; driftShare: number }> {
  let cpu: Promise<number> | undefined;
  let finished = (): void => {};
  const ended = new Promise<void>((resolve) => (finished = resolve));
  const perClient = (rate * SECONDS) / CLIENTS;
  const { rows } = await play({
    urls: [server.url],
    operations: [operation()],
    clients: Array.from({ length: CLIENTS }, (_, c) =>
      Array.from({ length: perClient }, (_unused, i) => ({
        dueMs: Math.round(((i * CLIENTS + c) * 1000) / rate),
        operation: 0,
      })),
    ),
    during: ({ pid }) => {
      cpu = cpuWhileSending(pid, ended, server);
    },
  });
  finished();
  const dueOf = (row: number): number =>
    Math.round((((row % perClient) * CLIENTS + Math.floor(row / perClient)) * 1000) / rate);
  const lagsMs = rows.map((row) => row.startMs - dueOf(row.row));
  const span = Math.max(...rows.map((row) => row.startMs)) - Math.min(...rows.map((row) => row.startMs));
  const planned = ((rate * SECONDS - 1) * 1000) / rate;
  return { cpu: (await cpu) ?? Number.NaN, lagsMs, driftShare: Math.abs(span - planned) / planned };
}

/** `asWeStart`: with the runtime settings and priority that the harness uses for k6. */
async function scriptCpu(
  k6: string,
  script: string,
  server: KnownServer,
  outputs: string[],
  asWeStart = false,
): Promise<number> {
  const child = spawn(
    'nice',
    [
      ...(asWeStart ? ['-n', GENERATOR_NICENESS] : ['-n', '0']),
      k6,
      'run',
      '--quiet',
      '--summary-mode=disabled',
      '--no-thresholds',
      ...outputs,
      join(import.meta.dirname, 'k6', script),
    ],
    {
      stdio: 'ignore',
      env: {
        ...process.env,
        ...(asWeStart ? GO_RUNTIME : {}),
        HEADERS: '1',
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        RATE: String(RATE),
        SECONDS: String(SECONDS),
        CLIENTS: String(CLIENTS),
        URL: server.url,
      },
    },
  );
  return cpuWhileSending(child.pid!, once(child, 'exit'), server);
}

/** Rows of [figure, measured, required]. */
export async function generatorBench(): Promise<string[][]> {
  const { k6 } = await resolveTools(['k6']);
  await using server = await startKnownServer();
  const dir = await mkdtemp(join(tmpdir(), 'antipode-bench-'));
  const cpu: Record<string, number[]> = { player: [], bare: [], stock: [], json: [], csv: [] };
  const lags: number[] = [];
  const drifts: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const played = await playerCpu(server, RATE);
      cpu['player']!.push(played.cpu);
      lags.push(quantile(played.lagsMs, 0.99));
      drifts.push(played.driftShare);
      cpu['bare']!.push(await scriptCpu(k6, 'bare-loop.js', server, [], true));
      cpu['stock']!.push(await scriptCpu(k6, 'arrival-rate.js', server, []));
      cpu['json']!.push(await scriptCpu(k6, 'arrival-rate.js', server, ['--out', `json=${dir}/out.json`]));
      cpu['csv']!.push(await scriptCpu(k6, 'arrival-rate.js', server, ['--out', `csv=${dir}/out.csv.gz`]));
    }
    const fast = await playerCpu(server, 2 * RATE);
    const per10k = (name: string): number => (median(cpu[name]!) / (RATE * SECONDS)) * 10_000;
    const figure = (name: string): string => `${per10k(name).toFixed(2)} CPU s per 10,000`;
    const ratio = (name: string): string => (per10k('player') / per10k(name)).toFixed(2);
    return [
      ['k6 CPU, full recording, 1,000/s', figure('player'), ''],
      ['… over a bare k6 loop', `${ratio('bare')} (${figure('bare')})`, '<= 1.10'],
      ['… over constant-arrival-rate without output', `${ratio('stock')} (${figure('stock')})`, '<= 1.00'],
      ['… beside --out json', `${ratio('json')} (${figure('json')})`, ''],
      ['… beside --out csv.gz', `${ratio('csv')} (${figure('csv')})`, ''],
      ['send lag p99 at 1,000/s', `${median(lags).toFixed(1)} ms`, '<= 5 ms'],
      ['send lag p99 at 2,000/s', `${quantile(fast.lagsMs, 0.99).toFixed(1)} ms`, '<= 5 ms'],
      ['drift at 1,000/s', `${(median(drifts) * 100).toFixed(3)} %`, '<= 0.1 %'],
    ];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
