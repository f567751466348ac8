import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../errors.ts';
import type { LanesConfig, LaneSpec } from '../formats/lanes.ts';
import { ECHO_BODY } from './echo.ts';
import { startLanes } from './start.ts';

const lane = (rttMs: number): LaneSpec => ({ origin: 0, region: 0, rttMs, access: [], upstream: null });
const config = (...lanes: LaneSpec[]): LanesConfig => ({ seed: 7, lanes, calibrationSamples: 10 });

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function get(port: number): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const asking = request({ host: '127.0.0.1', port, path: '/echo' }).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const body = (await response.toArray()).join('');
  return { status: response.statusCode!, headers: response.headers, body };
}

describe('startLanes', () => {
  it('opens calibrated lanes, in the configured order, and the control echo behind the one without an upstream', async () => {
    await using lanes = await startLanes(config({ ...lane(0), region: -1 }, lane(12.5), lane(40)));
    expect(new Set(lanes.ports).size).toBe(3);
    expect(lanes.calibration.map((one) => [one.region, one.nominalMs, one.samples])).toEqual([
      [-1, 0, 10],
      [0, 12.5, 10],
      [0, 40, 10],
    ]);
    const { status, headers, body } = await get(lanes.ports[0]!);
    expect([status, body]).toEqual([200, ECHO_BODY]);
    expect(headers).not.toHaveProperty('x-served-region');
  });

  it('calibrates the 48 lanes of a world side by side', { timeout: 90_000 }, async () => {
    const world = Array.from({ length: 48 }, (_, i) => lane(5 + i * 6.3));
    await using lanes = await startLanes({ ...config(...world), calibrationSamples: 20 });
    expect(lanes.calibration.map(({ nominalMs }) => nominalMs)).toEqual(world.map(({ rttMs }) => rttMs));
    // One after the other they would take 20 round trips each, 147 s together.
    expect(lanes.tookMs).toBeLessThan(60_000);
  });

  it('leaves nothing when it is stopped, also repeatedly', async () => {
    const lanes = await startLanes(config(lane(3)));
    await Promise.all([lanes.stop(), lanes.stop()]);
    await lanes.stop();
    expect(await lanes.exited).toBe('exit code 0');
    expect(alive(lanes.pid)).toBe(false);
    await expect(get(lanes.ports[0]!)).rejects.toThrow('ECONNREFUSED');
  });

  it('reports when the lane process dies by itself', async () => {
    await using lanes = await startLanes(config(lane(3)));
    process.kill(lanes.pid, 'SIGKILL');
    expect(await lanes.exited).toBe('killed by SIGKILL');
  });

  it('ends with its parent, even if that is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `import { startLanes } from ${JSON.stringify(new URL('start.ts', import.meta.url).href)};
         console.log((await startLanes(${JSON.stringify(config(lane(3)))})).pid);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    try {
      const pid = await new Promise<number>((resolve) => {
        createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line)));
      });
      expect(alive(pid)).toBe(true);
      parent.kill('SIGKILL');
      await expect.poll(() => alive(pid), { timeout: 5000 }).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it.each([
    ['a negative round trip', [lane(-1)], 'lane 0 has a round trip of -1 ms'],
    ['a round trip that is no number', [lane(5), lane(Number.NaN)], 'lane 1 has a round trip of null ms'],
  ])('refuses %s, as broken', async (_what, specs, said) => {
    await expect(startLanes(config(...specs))).rejects.toMatchObject({
      exitCode: EXIT.invalid,
      message: expect.stringContaining(said),
    });
  });

  it('stops at its deadline and when it is aborted, and leaves nothing', async () => {
    await expect(startLanes(config(lane(200)), { deadlineMs: 300 })).rejects.toThrow('not ready within 300 ms');
    const stopping = new AbortController();
    const starting = startLanes(config(lane(200)), { signal: stopping.signal });
    stopping.abort(new Error('Ctrl-C'));
    await expect(starting).rejects.toThrow('Ctrl-C');
  });
});
