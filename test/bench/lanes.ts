/**
 * Accuracy and cost of lanes: 1,000 requests/s over 100 kept connections through lanes of 70 ms, through 48 lanes of 4
 * to 300 ms, through Toxiproxy with 35 ms each way, and directly; interleaved, medians.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { LaneSpec } from '../../src/formats/lanes.ts';
import { startLanes } from '../../src/lanes/start.ts';
import { processUsage } from '../../src/run/process-usage.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { median, quantile } from './order.ts';
import { startToxiproxy } from './toxiproxy.ts';

const RATE = 1_000;
const CONNECTIONS = 100;
const SECONDS = 10;
const ROUNDS = 3;
const REPLY_BYTES = 200;
const RTT_MS = 70;
const MIXED_RTTS_MS = Array.from({ length: 48 }, (_, i) => 4 + i * 6.3);
const READY_MS = 10_000;

interface Way {
  port: number;
  nominalMs: number;
}

/**
 * Sends at this rate, round-robin over the connections; resolves with the error of each round trip against its nominal
 * value.
 */
async function errorsMs(ways: Way[]): Promise<number[]> {
  const errors: number[] = [];
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_unused, i) => {
      const { port, nominalMs } = ways[i % ways.length]!;
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      await once(socket, 'connect');
      const sentMs: number[] = [];
      let received = 0;
      socket.on('data', (bytes) => {
        const nowMs = performance.now();
        for (received += bytes.length; received >= REPLY_BYTES; received -= REPLY_BYTES) {
          errors.push(nowMs - sentMs.shift()! - nominalMs);
        }
      });
      return { socket, sentMs };
    }),
  );
  const send = ({ socket, sentMs }: { socket: Socket; sentMs: number[] }) => {
    sentMs.push(performance.now());
    socket.write('a request of about as many bytes as a GET\n');
  };
  const drained = async () => {
    const deadlineMs = performance.now() + READY_MS;
    while (connections.some(({ sentMs }) => sentMs.length > 0)) {
      if (performance.now() > deadlineMs) throw new Error('replies are missing after the deadline');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  connections.forEach(send);
  await drained();
  errors.length = 0;
  const startMs = performance.now();
  for (let sent = 0; sent < RATE * SECONDS;) {
    const due = Math.min(RATE * SECONDS, Math.floor(((performance.now() - startMs) * RATE) / 1000) + 1);
    for (; sent < due; sent++) send(connections[sent % CONNECTIONS]!);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await drained();
  for (const { socket } of connections) socket.destroy();
  return errors;
}

interface Measured {
  p50Ms: number;
  p99Ms: number;
  cpuUs: number;
}

async function measure(ways: Way[], pid: number | null): Promise<Measured> {
  const before = pid === null ? null : await processUsage(pid);
  const errors = await errorsMs(ways);
  const after = pid === null ? null : await processUsage(pid);
  const cpuUs = before && after ? ((after.cpuSeconds - before.cpuSeconds) * 1e6) / errors.length : Number.NaN;
  return { p50Ms: quantile(errors, 0.5), p99Ms: quantile(errors, 0.99), cpuUs };
}

async function throughLanes(upstreamPort: number, rttsMs: number[]): Promise<Measured> {
  const upstream = { name: 'bench', addresses: ['127.0.0.1'], port: upstreamPort };
  const specs = rttsMs.map((rttMs, origin): LaneSpec => ({ origin, region: 0, rttMs, access: [], upstream }));
  await using lanes = await startLanes({ seed: 1, lanes: specs, calibrationSamples: 15 });
  return await measure(
    lanes.ports.map((port, i) => ({ port, nominalMs: rttsMs[i]! })),
    lanes.pid,
  );
}

async function throughToxiproxy(upstreamPort: number, server: string): Promise<Measured> {
  await using toxiproxy = await startToxiproxy(server);
  const listen = await toxiproxy.create('lane', `127.0.0.1:${upstreamPort}`);
  const proxy = await toxiproxy.client.get('lane');
  for (const stream of ['upstream', 'downstream'] as const) {
    await proxy.addToxic({
      name: stream,
      type: 'latency',
      stream,
      toxicity: 1,
      attributes: { latency: RTT_MS / 2, jitter: 0 },
    });
  }
  return await measure([{ port: Number(listen.split(':').at(-1)), nominalMs: RTT_MS }], toxiproxy.pid);
}

/** Rows of [figure, measured, required]. */
export async function lanesBench(): Promise<string[][]> {
  const { 'toxiproxy-server': toxiproxy } = await resolveTools(['toxiproxy-server']);
  const echo = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('lane-echo.ts', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: echo.stdout }), 'line')) as [string];
    const port = Number(line);
    const kinds = {
      [`lane of ${RTT_MS} ms`]: () => throughLanes(port, [RTT_MS]),
      [`${MIXED_RTTS_MS.length} lanes of 4 to 300 ms`]: () => throughLanes(port, MIXED_RTTS_MS),
      [`Toxiproxy 2.12, 35 ms each way`]: () => throughToxiproxy(port, toxiproxy),
      'nothing between': () => measure([{ port, nominalMs: 0 }], null),
    };
    const all = new Map<string, Measured[]>(Object.keys(kinds).map((kind) => [kind, []]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [kind, run] of Object.entries(kinds)) all.get(kind)!.push(await run());
    }
    return [...all].flatMap(([kind, rounds]) => {
      const of = (key: keyof Measured) => median(rounds.map((one) => one[key]));
      const isLane = kind.includes('lane');
      const row = (figure: string, value: string, required: string) => [
        `${kind}, ${RATE}/s: ${figure}`,
        value,
        required,
      ];
      return [
        row('p50 over nominal', `${of('p50Ms').toFixed(2)} ms`, isLane ? 'within 1 ms' : ''),
        row('p99 over nominal', `${of('p99Ms').toFixed(2)} ms`, isLane ? '<= 5 ms' : ''),
        ...(Number.isNaN(of('cpuUs')) ? [] : [row('CPU per request', `${of('cpuUs').toFixed(0)} us`, '')]),
      ];
    });
  } finally {
    echo.stdin.end();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const row of await lanesBench()) console.log(row.join(' | '));
}
