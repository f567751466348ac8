import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { calibrateLanes } from './calibrate.ts';
import { ECHO_BODY, serveEcho } from './echo.ts';
import { Lane } from './lane.ts';
import { ReleaseClock } from './release-clock.ts';
import { laneErrors } from './start.ts';
import { Upstream } from './upstream.ts';

const clock = new ReleaseClock();
const spec = (rttMs: number) => ({ origin: 3, region: 1, rttMs, access: [], upstream: null });

async function serving(serve: (socket: Socket) => void): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('calibrateLanes', () => {
  it('measures the nominal round trip of a warm lane, without access network and jitter', async () => {
    const wild = { kind: 'wild', share: 1, lastMileMs: 500, jitterMedianMs: 500, jitterSigmaLog: 1 };
    const lane = new Lane(
      { ...spec(24.6), access: [wild] },
      0,
      1,
      clock,
      new Upstream(['127.0.0.1'], (await serveEcho()).port),
    );
    try {
      await lane.open();
      const calibration = (await calibrateLanes([lane], 20))[0]!;
      expect(calibration).toMatchObject({ origin: 3, region: 1, nominalMs: 24.6, samples: 20 });
      // Far from the second that connections draw; `npm run bench -- lanes` measures its precision.
      expect(laneErrors([calibration], 80)).toEqual([]);
      expect(calibration.p99Ms).toBeGreaterThanOrEqual(calibration.p50Ms);
    } finally {
      lane.close();
      lane.cutOff();
    }
  });

  it('shows a lane that is off its nominal round trip', async () => {
    const { port } = await serveEcho();
    const calibration = (await calibrateLanes([{ port, spec: spec(30) }], 10))[0]!;
    expect(calibration.p50Ms).toBeLessThan(15);
    expect(laneErrors([calibration], 2)).toEqual([calibration]);
  });

  it('counts responses that come in pieces and in batches', async () => {
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n${ECHO_BODY}`;
    await using heaps = await serving((socket) => {
      socket.setNoDelay(true);
      let asked = 0;
      socket.on('data', (bytes) => {
        asked += bytes.toString().split('\r\n\r\n').length - 1;
        if (asked === 1) socket.write(answer);
        if (asked === 6)
          socket.write(answer.repeat(4) + answer.slice(0, -6), () =>
            setImmediate(() => socket.write(answer.slice(-6))),
          );
      });
    });
    expect(await calibrateLanes([{ port: heaps.port, spec: spec(0) }], 5)).toMatchObject([{ samples: 5 }]);
  });

  it('fails if the echo server closes or resets the connection', async () => {
    await using hangingUp = await serving((socket) => socket.end());
    await expect(calibrateLanes([{ port: hangingUp.port, spec: spec(7) }], 5)).rejects.toThrow(
      'the echo server closed the connection of the lane of 7 ms',
    );
    await using resetting = await serving((socket) => socket.resetAndDestroy());
    await expect(calibrateLanes([{ port: resetting.port, spec: spec(7) }], 5)).rejects.toThrow('ECONNRESET');
  });
});

describe('laneErrors', () => {
  const calibrated = (nominalMs: number, p50Ms: number) => ({
    origin: 0,
    region: 0,
    nominalMs,
    p50Ms,
    p99Ms: p50Ms,
    samples: 9,
  });

  it('names the lanes beyond the limit to either side, and one whose median is not a number', () => {
    const all = [calibrated(50, 51.9), calibrated(50, 52.1), calibrated(50, 47.9), calibrated(50, Number.NaN)];
    expect(laneErrors(all, 2)).toEqual(all.slice(1));
  });
});
