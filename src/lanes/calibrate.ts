/**
 * Calibration: echo requests through a lane on a warm connection, without access network and jitter, compare the lane
 * with the nominal round trip of the path.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { LaneCalibration } from '../formats/journal.ts';
import type { LaneSpec } from '../formats/lanes.ts';
import { ECHO_BODY } from './echo.ts';

export interface LaneToMeasure {
  port: number;
  spec: LaneSpec;
}

const REQUEST = 'GET /echo HTTP/1.1\r\nHost: lane\r\n\r\n';
/** Milliseconds of calibration per request over all lanes, so that the requests do not queue. */
const PER_REQUEST_MS = 1.5;
/** Longest calibration, with three round trips (handshake, first request, last response) and the requests between. */
const MAX_CALIBRATION_MS = 2200;
/** Shortest time over which the requests of a lane are spread. */
const MIN_SPREAD_MS = 300;
/** Tolerance for the median of a lane (DESIGN section 13), and how often a lane beyond it is measured again. */
const TOLERANCE_MS = 1;
const MAX_REPEATS = 2;
/** Calibration fails if a response is later than this beyond its round trip. */
const RESPONSE_DEADLINE_MS = 5000;

/**
 * Measures lanes to the echo server, all at the same time. A lane beyond TOLERANCE_MS is measured again, at most twice,
 * because a process that has just started, on a busy machine, is slower than during the run. The last measurement
 * counts. Rejects if an echo fails.
 */
export async function calibrateLanes(lanes: LaneToMeasure[], samples: number): Promise<LaneCalibration[]> {
  const calibration = await measureLanes(lanes, samples);
  for (let again = 0; again < MAX_REPEATS; again++) {
    const off = lanes.flatMap((_lane, i) => (isOff(calibration[i]!) ? [i] : []));
    const measured = await measureLanes(
      off.map((i) => lanes[i]!),
      samples,
    );
    off.forEach((i, nth) => (calibration[i] = measured[nth]!));
  }
  return calibration;
}

const isOff = ({ p50Ms, nominalMs }: LaneCalibration) => Math.abs(p50Ms - nominalMs) > TOLERANCE_MS;

/**
 * Each lane sends its `samples` requests at equal intervals without waiting for responses; lanes take turns within the
 * interval.
 */
function measureLanes(lanes: LaneToMeasure[], samples: number): Promise<LaneCalibration[]> {
  const turnsMs = PER_REQUEST_MS * lanes.length * samples;
  return Promise.all(
    lanes.map(async ({ port, spec: { origin, region, rttMs: nominalMs } }, index) => {
      const intervalMs = Math.max(MIN_SPREAD_MS, Math.min(turnsMs, MAX_CALIBRATION_MS - 3 * nominalMs)) / samples;
      const offsetMs = (intervalMs * index) / lanes.length;
      const roundTrips = await roundTripsMs(port, nominalMs, samples, intervalMs, offsetMs);
      roundTrips.sort((a, b) => a - b);
      const p50Ms = quantile(roundTrips, 0.5);
      return { origin, region, nominalMs, p50Ms, p99Ms: quantile(roundTrips, 0.99), samples: roundTrips.length };
    }),
  );
}

function roundTripsMs(
  port: number,
  nominalMs: number,
  samples: number,
  intervalMs: number,
  offsetMs: number,
): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const sentMs: number[] = [];
    const measuredMs: number[] = [];
    let responses = 0;
    let pending = '';
    let timer: NodeJS.Timeout;
    const deadline = setTimeout(
      () =>
        finish(new Error(`${responses} of ${samples + 1} echo responses arrived through the lane of ${nominalMs} ms`)),
      samples * intervalMs + 3 * nominalMs + RESPONSE_DEADLINE_MS,
    );
    const finish = (error: Error | null) => {
      clearTimeout(deadline);
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve(measuredMs);
    };
    const send = () => {
      sentMs.push(performance.now());
      socket.write(REQUEST);
    };
    const sendNext = () => {
      send();
      if (sentMs.length <= samples) timer = setTimeout(sendNext, intervalMs);
    };
    socket.on('connect', send);
    socket.on('error', finish);
    socket.on('end', () => finish(new Error(`the echo server closed the connection of the lane of ${nominalMs} ms`)));
    socket.on('data', (bytes) => {
      const nowMs = performance.now();
      const pieces = (pending + bytes.toString('latin1')).split(`\r\n\r\n${ECHO_BODY}`);
      pending = pieces.pop()!;
      for (const _ of pieces) {
        // The first one includes the handshake and is not counted.
        if (responses > 0) measuredMs.push(nowMs - sentMs[responses]!);
        else timer = setTimeout(sendNext, offsetMs);
        responses++;
      }
      if (responses > samples) finish(null);
    });
  });
}

/** Nearest rank of a sorted, non-empty list. */
function quantile(sorted: number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}
