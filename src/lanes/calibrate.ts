/**
 * Calibration: echo requests through a lane on a warm connection, without access network and jitter, so that what is
 * measured is the engine against the nominal round trip of the path.
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
/** Milliseconds of calibration per request over all lanes, so that they meet no queue of their own making. */
const PER_REQUEST_MS = 1.5;
/** A calibration lasts no longer: three round trips (handshake, first request, last reply) and the requests between. */
const WHOLE_MS = 2200;
/** Long lanes and few requests still spread over this long. */
const SPREAD_LEAST_MS = 300;
/** What the median of a lane should be within (DESIGN section 13), and how often one that is not is measured again. */
const OFF_MS = 1;
const TIMES_AGAIN = 2;
/** An answer that is later than this beyond its round trip will not come. */
const PATIENCE_MS = 5000;

/**
 * Measures lanes that lead to the echo server, all at the same time. One whose median is off by more than OFF_MS is
 * measured again, twice at most: a process that has just started, on a machine that starts other things, is not yet
 * what it will be during the run. The last measurement counts. Rejects if an echo fails.
 */
export async function calibrateLanes(lanes: LaneToMeasure[], samples: number): Promise<LaneCalibration[]> {
  const calibration = await measureLanes(lanes, samples);
  for (let again = 0; again < TIMES_AGAIN; again++) {
    const off = lanes.flatMap((_lane, i) => (isOff(calibration[i]!) ? [i] : []));
    const measured = await measureLanes(
      off.map((i) => lanes[i]!),
      samples,
    );
    off.forEach((i, nth) => (calibration[i] = measured[nth]!));
  }
  return calibration;
}

const isOff = ({ p50Ms, nominalMs }: LaneCalibration) => Math.abs(p50Ms - nominalMs) > OFF_MS;

/**
 * Each lane sends its `samples` requests at equal intervals, the next one without waiting for the last; lanes take
 * turns within the interval.
 */
function measureLanes(lanes: LaneToMeasure[], samples: number): Promise<LaneCalibration[]> {
  const turnsMs = PER_REQUEST_MS * lanes.length * samples;
  return Promise.all(
    lanes.map(async ({ port, spec: { origin, region, rttMs: nominalMs } }, index) => {
      const intervalMs = Math.max(SPREAD_LEAST_MS, Math.min(turnsMs, WHOLE_MS - 3 * nominalMs)) / samples;
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
    let answers = 0;
    let pending = '';
    let timer: NodeJS.Timeout;
    const deadline = setTimeout(
      () => finish(new Error(`${answers} of ${samples + 1} echo answers came through the lane of ${nominalMs} ms`)),
      samples * intervalMs + 3 * nominalMs + PATIENCE_MS,
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
    socket.on('end', () => finish(new Error(`the echo hung up on the lane of ${nominalMs} ms`)));
    socket.on('data', (bytes) => {
      const nowMs = performance.now();
      const pieces = (pending + bytes.toString('latin1')).split(`\r\n\r\n${ECHO_BODY}`);
      pending = pieces.pop()!;
      for (const _ of pieces) {
        // The first one paid for the handshake and is not counted.
        if (answers > 0) measuredMs.push(nowMs - sentMs[answers]!);
        else timer = setTimeout(sendNext, offsetMs);
        answers++;
      }
      if (answers > samples) finish(null);
    });
  });
}

/** Nearest rank of a sorted, non-empty list. */
function quantile(sorted: number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}
