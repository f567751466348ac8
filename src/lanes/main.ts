/**
 * The lane process: reads LanesConfig as one JSON line on stdin, opens and calibrates every lane, points them to their
 * upstreams, writes LanesReady as one JSON line on stdout, and runs until stdin ends. Every further line on stdin is
 * LaneAddresses, every further one on stdout LanesExhausted.
 */
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import type { LaneAddresses, LanesConfig, LanesExhausted, LanesReady } from '../formats/lanes.ts';
import { calibrateLanes } from './calibrate.ts';
import { serveEcho } from './echo.ts';
import { Exhaustion } from './exhaustion.ts';
import { Lane } from './lane.ts';
import { ReleaseClock } from './release-clock.ts';
import { Upstream } from './upstream.ts';

const send = (message: LanesReady | LanesExhausted): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

const exhaustion = new Exhaustion((of) => send({ kind: 'exhausted', ...of }));
const onExhausted = exhaustion.note.bind(exhaustion);
const upstreams = new Map<string, Upstream>();

async function openLanes(config: LanesConfig): Promise<LanesReady> {
  for (const [index, { rttMs }] of config.lanes.entries()) {
    if (!(Number.isFinite(rttMs) && rttMs >= 0)) throw new Error(`lane ${index} has a round trip of ${rttMs} ms`);
  }
  const clock = new ReleaseClock();
  const startedMs = clock.now();
  const { host, port } = await serveEcho();
  const echo = new Upstream([host], port, onExhausted);
  const lanes = config.lanes.map((spec, index) => new Lane(spec, index, config.seed, clock, echo));
  for (const lane of lanes) await lane.open();
  const calibration = await calibrateLanes(lanes, config.calibrationSamples);
  for (const lane of lanes) lane.pointTo(upstreamOf(lane.spec.upstream) ?? echo);
  return { kind: 'ready', ports: lanes.map((lane) => lane.port), calibration, tookMs: clock.now() - startedMs };
}

/** One object for all lanes to the same name and port. */
function upstreamOf(of: LanesConfig['lanes'][number]['upstream']): Upstream | null {
  if (of === null) return null;
  const upstream = upstreams.get(of.name) ?? new Upstream(of.addresses, of.port, onExhausted);
  upstreams.set(of.name, upstream);
  return upstream;
}

try {
  // A network does not wait for a free core. On 2 cores shared with k6 and the world this cuts the tail of the delay.
  setPriority(constants.priority.PRIORITY_HIGH);
} catch {
  // Only root may; otherwise the calibration shows whether the machine is quiet enough.
}

const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  // A failure is an unhandled rejection: it ends the process, with its reason on stderr.
  void openLanes(JSON.parse(line) as LanesConfig).then(send);
  input.on('line', (further) => {
    const { name, addresses } = JSON.parse(further) as LaneAddresses;
    upstreams.get(name)?.setAddresses(addresses);
  });
});
// The parent holds the other end of the pipe, so the lanes end with it, whatever kills it.
input.once('close', () => process.exit(0));
