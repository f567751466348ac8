import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { GeneratorExhausted } from '../formats/journal.ts';
import { Exhaustion, isExhaustion } from './exhaustion.ts';

describe('Exhaustion', () => {
  it('reports the first at once and later ones together, by errno and place', () => {
    const reports: GeneratorExhausted[] = [];
    const exhaustion = new Exhaustion((of) => reports.push(of));
    exhaustion.note('EMFILE', 'dial');
    exhaustion.note('EMFILE', 'dial');
    exhaustion.note('EMFILE', 'accept');
    exhaustion.note('EMFILE', 'dial');
    expect(reports).toEqual([{ errno: 'EMFILE', where: 'dial', count: 1 }]);
    exhaustion.flush();
    exhaustion.flush();
    expect(reports.slice(1)).toEqual([
      { errno: 'EMFILE', where: 'dial', count: 2 },
      { errno: 'EMFILE', where: 'accept', count: 1 },
    ]);
  });

  it('is not reported for errors of a target', () => {
    expect(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', undefined].some(isExhaustion)).toBe(false);
  });

  it('is reported by a lane without file handles', async () => {
    const script = `
      import { connect, createServer } from 'node:net';
      import { Lane } from ${JSON.stringify(new URL('lane.ts', import.meta.url).href)};
      import { ReleaseClock } from ${JSON.stringify(new URL('release-clock.ts', import.meta.url).href)};
      import { Upstream } from ${JSON.stringify(new URL('upstream.ts', import.meta.url).href)};
      const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1', async () => {
        const met = new Set();
        const upstream = new Upstream(['127.0.0.1'], server.address().port, (errno) => met.add(errno));
        const lane = new Lane({ origin: 0, region: 0, rttMs: 4, access: [], upstream: null }, 0, 1, new ReleaseClock(), upstream);
        await lane.open();
        lane.pointTo(upstream);
        for (let i = 0; i < 60; i++) connect(lane.port, '127.0.0.1').on('error', () => {});
        setTimeout(() => {
          console.log([...met].join());
          process.exit(0);
        }, 500);
      });`;
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await execa('sh', ['-c', 'ulimit -n 110 && exec "$@"', 'sh', ...node]);
    expect(stdout).toBe('EMFILE');
  });
});
