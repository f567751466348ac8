/**
 * Compares the share of requests over 120 ms in the player's recording with the truth, on a server of known latency,
 * and with stock k6 with 50 and 100 virtual users (reference/peers-measured.md has nine tools on the same cases).
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROW_STATE, latencyUs } from '../../src/formats/recording.ts';
import type { RecordedRow } from '../../src/formats/recording.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { operation, play } from '../play.ts';
import { startKnownServer } from './known-server-process.ts';
import type { KnownServer } from './known-server-process.ts';

const RATE = 300;
const SECONDS = 20;
/**
 * As in a plan for a fault window: rate x longest wait, so that every request due during the stall is sent when due.
 */
const CLIENTS = 750;
const LIMIT_US = 120_000;
const STALL_AFTER_MS = 10_000;
const STALL_MS = 2_000;
const REFUSED_SHARE = 0.3;

const total = RATE * SECONDS;
const dueOf = (i: number): number => Math.round((i * 1000) / RATE);

/** A timetable of CLIENTS clients with evenly spaced requests; every REFUSED_SHARE-th goes to operation 1. */
const timetable = (refused: boolean): { dueMs: number; operation: number; key: number }[][] =>
  Array.from({ length: CLIENTS }, (_, c) =>
    Array.from({ length: total / CLIENTS }, (_unused, i) => {
      const n = i * CLIENTS + c;
      return { dueMs: dueOf(n), operation: refused && n % 10 < REFUSED_SHARE * 10 ? 1 : 0, key: n };
    }),
  );

function overShare(rows: RecordedRow[]): number {
  const perClient = total / CLIENTS;
  const over = rows.filter((row) => {
    const n = (row.row % perClient) * CLIENTS + Math.floor(row.row / perClient);
    return (row.state & ROW_STATE.bad) !== 0 || latencyUs(row, dueOf(n)) > LIMIT_US;
  }).length;
  return over / total;
}

/** The figures of stock k6: the share over 120 ms of its own durations, and its dropped iterations. */
async function stock(
  k6: string,
  clients: number,
  server: KnownServer,
  path: string,
  environment: Record<string, string> = {},
): Promise<{ over120: number; dropped: number; p99: number }> {
  const child = spawn(k6, ['run', '--quiet', join(import.meta.dirname, 'k6', 'arrival-rate.js')], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      TRUTH: '1',
      RATE: String(RATE),
      SECONDS: String(SECONDS),
      CLIENTS: String(clients),
      URL: server.url,
      PATH_: path,
      ...environment,
    },
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return JSON.parse(text.slice(text.indexOf('{'))) as { over120: number; dropped: number; p99: number };
}

/** A closed port of 127.0.0.1. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Rows of [figure, measured, required]. */
export async function truthBench(): Promise<string[][]> {
  const { k6 } = await resolveTools(['k6']);
  const rows: string[][] = [];
  const row = (
    name: string,
    said: number,
    truth: number,
    peers: { over120: number; dropped: number; p99: number }[],
  ): void => {
    const words = peers.map(
      (peer, i) =>
        `k6 ${[50, 100][i]} VUs ${percent(peer.over120)}, p99 ${peer.p99.toFixed(0)} ms, ${peer.dropped} dropped`,
    );
    rows.push([name, `${percent(said)} where ${percent(truth)} is true; ${words.join('; ')}`, 'within 0.1 points']);
  };

  {
    await using server = await startKnownServer();
    const played = await play({
      urls: [server.url],
      operations: [operation({ path: '/dist' })],
      clients: timetable(false),
    });
    const { requests, over120 } = await server.truth();
    const peers = [await stock(k6, 50, server, '/dist'), await stock(k6, 100, server, '/dist')];
    row('1.2 % over 120 ms', overShare(played.rows), over120 / requests, peers);
  }
  {
    await using server = await startKnownServer();
    let stalled: Promise<void> | undefined;
    const played = await play({
      urls: [server.url],
      operations: [operation({ path: '/stalls' })],
      clients: timetable(false),
      during: () => {
        stalled = server.stall(STALL_AFTER_MS, STALL_MS);
      },
    });
    await stalled;
    const { over120 } = await server.truth();
    const peers = [];
    for (const clients of [50, 100]) {
      await server.stall(STALL_AFTER_MS, STALL_MS);
      peers.push(await stock(k6, clients, server, '/stalls'));
    }
    row('a 2 s stall', overShare(played.rows), over120 / total, peers);
  }
  {
    await using server = await startKnownServer();
    const closed = `http://127.0.0.1:${await closedPort()}`;
    // The refused operation is `via: edge`, so that it goes to the closed port.
    const played = await play({
      urls: [server.url],
      operations: [operation({ path: '/dist' }), operation({ name: 'refused', via: 'edge' })],
      clients: timetable(true),
      config: {
        origins: [
          {
            regions: [{ url: server.url, host: '' }],
            edge: { url: closed, host: '' },
            ownRegion: 0,
            vantage: 'client',
          },
        ],
      },
    });
    const { over120 } = await server.truth();
    const environment = { REFUSED: String(REFUSED_SHARE), REFUSED_URL: closed };
    const peers = [
      await stock(k6, 50, server, '/dist', environment),
      await stock(k6, 100, server, '/dist', environment),
    ];
    row('30 % refused', overShare(played.rows), REFUSED_SHARE + over120 / total, peers);
  }
  return rows;
}
