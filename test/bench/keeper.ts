/**
 * Time until the last local fault is cleared after SIGKILL of its driver: 100 kills, each during an open black hole.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Undo, faultName } from '../../src/formats/faults.ts';
import { resolveTools } from '../../src/tools/index.ts';
import { quantile } from './order.ts';
import { startToxiproxy } from './toxiproxy.ts';

const KILLS = 100;
const GIVE_UP_MS = 30_000;
const LOOK_EVERY_MS = 10;

/** Rows of [figure, measured, required]. */
export async function keeperBench(): Promise<string[][]> {
  const { 'toxiproxy-server': binary } = await resolveTools(['toxiproxy-server']);
  const dir = await mkdtemp(join(tmpdir(), 'antipode-bench-'));
  const upstream = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  await using toxiproxy = await startToxiproxy(binary);
  try {
    const target = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const listen = await toxiproxy.create('victim', target);
    const tookMs: number[] = [];
    for (let number = 1; number <= KILLS; number += 1) {
      tookMs.push(await killOne(toxiproxy.url, listen, target, number, join(dir, 'keeper.jsonl')));
    }
    return [
      [
        `fault cleared after SIGKILL of its driver, p99 of ${KILLS}`,
        `${quantile(tookMs, 0.99).toFixed(0)} ms`,
        '<= 5000 ms',
      ],
      ['… median', `${quantile(tookMs, 0.5).toFixed(0)} ms`, ''],
    ];
  } finally {
    upstream.close();
    await rm(dir, { recursive: true, force: true });
  }

  async function killOne(control: string, listen: string, upstreamAt: string, number: number, file: string) {
    const fault = { runId: 'bench', number, expiresAt: Math.ceil(Date.now() / 1000) + 60 };
    const name = faultName(fault);
    const undo: Undo = {
      driver: 'toxiproxy',
      fault,
      control,
      proxy: 'victim',
      listen,
      upstream: upstreamAt,
      switch: 'none',
      toxics: (['upstream', 'downstream'] as const).map((stream) => ({
        name: `${name}.timeout_${stream}`,
        type: 'timeout',
        stream,
        toxicity: 1,
        attributes: { timeout: 0 },
      })),
    };
    const victim = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('keeper-victim.ts', import.meta.url)), JSON.stringify([undo]), file],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(createInterface({ input: victim.stdout }), 'line');
    if ((await toxiproxy.toxics('victim')).length !== 2) throw new Error('the fault was not injected');
    victim.kill('SIGKILL');
    const killedMs = performance.now();
    while ((await toxiproxy.toxics('victim')).length > 0) {
      if (performance.now() - killedMs > GIVE_UP_MS) throw new Error('the keeper did not undo the fault');
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return performance.now() - killedMs;
  }
}
