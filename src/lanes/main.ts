/**
 * The lane process: reads LanesConfig as one JSON line on stdin, opens and calibrates every lane, points them to their
 * upstreams, answers LanesReady as one JSON line on stdout, and carries until stdin ends.
 */
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { LanesConfig, LanesReady } from '../formats/lanes.ts';
import { calibrateLanes } from './calibrate.ts';
import { serveEcho } from './echo.ts';
import { Lane } from './lane.ts';
import { ReleaseClock } from './release-clock.ts';
import { Upstream } from './upstream.ts';

async function openLanes(config: LanesConfig): Promise<LanesReady> {
  for (const [index, { rttMs }] of config.lanes.entries()) {
    if (!(Number.isFinite(rttMs) && rttMs >= 0)) throw new Error(`lane ${index} has a round trip of ${rttMs} ms`);
  }
  const clock = new ReleaseClock();
  const startedMs = clock.now();
  const echo = new Upstream(await serveEcho());
  const lanes = config.lanes.map((spec, index) => new Lane(spec, index, config.seed, clock, echo));
  for (const lane of lanes) await lane.open();
  const calibration = await calibrateLanes(lanes, config.calibrationSamples);
  const upstreams = new Map<string, Upstream>();
  for (const lane of lanes) lane.leadTo(upstreamOf(lane.spec.upstream, upstreams) ?? echo);
  return { kind: 'ready', ports: lanes.map((lane) => lane.port), calibration, tookMs: clock.now() - startedMs };
}

/** The upstream at an address, one object for all lanes that lead there. */
function upstreamOf(address: LanesConfig['lanes'][number]['upstream'], known: Map<string, Upstream>): Upstream | null {
  if (address === null) return null;
  const key = `${address.host}:${address.port}`;
  const upstream = known.get(key) ?? new Upstream(address);
  known.set(key, upstream);
  return upstream;
}

try {
  // A network does not wait for a free core. On 2 cores that k6 and the world share this takes the tail off.
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // Only root may; without it the calibration tells whether the machine is quiet enough.
}

const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  // A failure is an unhandled rejection: it ends the process, with its reason on stderr.
  void openLanes(JSON.parse(line) as LanesConfig).then((ready) => process.stdout.write(`${JSON.stringify(ready)}\n`));
});
// The parent holds the other end: when it is gone, however it went, so are the lanes.
input.once('close', () => process.exit(0));
