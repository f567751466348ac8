/**
 * Calibration: echo requests through a lane on a warm connection, without access network and jitter, so that what is
 * measured is the engine against the nominal round trip of the path.
 */
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { LaneCalibration } from '../formats/journal.ts';
import type { LaneSpec } from '../formats/lanes.ts';
import { ECHO_BODY } from './echo.ts';

const REQUEST = 'GET /echo HTTP/1.1\r\nHost: lane\r\n\r\n';
/** The whole calibration of a lane: three round trips of its own (handshake, first request, last reply) and requests. */
const WHOLE_MS = 2200;
/** Long lanes still spread their requests over this long. */
const SPREAD_MS = 300;
/** An answer that is later than this beyond its round trip will not come. */
const PATIENCE_MS = 5000;

/**
 * Measures a lane that leads to the echo server. Requests leave at equal intervals over about two seconds, the next one
 * without waiting for the last, the first after `offsetShare` of an interval: lanes take turns on the processor.
 */
export async function calibrateLane(
  port: number,
  spec: LaneSpec,
  samples: number,
  offsetShare: number,
): Promise<LaneCalibration> {
  const { origin, region, rttMs: nominalMs } = spec;
  const intervalMs = Math.max(SPREAD_MS, WHOLE_MS - 3 * nominalMs) / samples;
  const roundTrips = await roundTripsMs(port, nominalMs, samples, intervalMs, offsetShare * intervalMs);
  roundTrips.sort((a, b) => a - b);
  return {
    origin,
    region,
    nominalMs,
    p50Ms: quantile(roundTrips, 0.5),
    p99Ms: quantile(roundTrips, 0.99),
    samples: roundTrips.length,
  };
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
