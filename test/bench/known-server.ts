/**
 * A server of known latency, in its own process: `node --import tsx test/bench/known-server.ts`. Prints one JSON line
 * {"port"} when it listens; exits when stdin ends.
 *   GET /fast    responds at once
 *   GET /dist    61 ms, and 133 ms for exactly 12 of every 1,000 requests, evenly spread
 *   GET /stalls  responds at once, but `POST /stall?afterMs=&forMs=` delays every request that arrives in that time
 *   GET /truth   requests so far, those delayed by over 120 ms, and the stall's start and end (epoch ms)
 */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const USUAL_MS = 61;
const SLOW_MS = 133;
const SLOW_PER_THOUSAND = 12;
const truth = { requests: 0, over120: 0, stallFromMs: 0, stallToMs: 0 };
let waiting: { response: ServerResponse; arrivedMs: number }[] = [];

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://known');
  if (url.pathname === '/truth') {
    response.end(JSON.stringify(truth));
    return;
  }
  if (url.pathname === '/stall') {
    truth.stallFromMs = Date.now() + Number(url.searchParams.get('afterMs'));
    truth.stallToMs = truth.stallFromMs + Number(url.searchParams.get('forMs'));
    setTimeout(() => {
      for (const { response: held, arrivedMs } of waiting) {
        held.end('ok');
        // By its own clock, the time it takes to answer them all included.
        if (Date.now() - arrivedMs > 120) truth.over120 += 1;
      }
      waiting = [];
    }, truth.stallToMs - Date.now());
    response.end();
    return;
  }
  truth.requests += 1;
  const now = Date.now();
  if (url.pathname === '/stalls' && now >= truth.stallFromMs && now < truth.stallToMs) {
    waiting.push({ response, arrivedMs: now });
    return;
  }
  if (url.pathname !== '/dist') {
    response.end('ok');
    return;
  }
  // 12 of 1,000 by the running number: the share is exact at every multiple of 1,000 and never far off between.
  const slow =
    Math.floor((truth.requests * SLOW_PER_THOUSAND) / 1000) >
    Math.floor(((truth.requests - 1) * SLOW_PER_THOUSAND) / 1000);
  if (slow) truth.over120 += 1;
  setTimeout(() => response.end('ok'), slow ? SLOW_MS : USUAL_MS);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ port: (server.address() as AddressInfo).port }));
});
process.stdin.resume().once('end', () => process.exit(0));
