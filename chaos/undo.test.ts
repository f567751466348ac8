import { describe, expect, it } from 'vitest';
import type { FaultPoint, ToxiproxyUndo, Undo } from '../src/formats/faults.ts';
import {
  FAULT_ID,
  httpServer,
  linkPoint,
  startToxiproxy,
  tcpServer,
  type ToxiproxyRig,
  worldControl,
} from '../test/fault-rig.ts';
import { prepareProxies } from './drivers/toxiproxy/prepare.ts';
import { leftoversAt, startAll, StopError, stopAll } from './undo.ts';

const NEVER = new AbortController().signal;

/** Points at that many proxies, and the undo data of a fault that disables them. */
async function links(toxiproxy: ToxiproxyRig, count: number): Promise<{ points: FaultPoint[]; undo: Undo[] }> {
  const points: FaultPoint[] = [];
  for (let i = 0; i < count; i++) {
    const port = await toxiproxy.proxy(`link-${i}`, 9);
    const probe = { protocol: 'tcp', host: '127.0.0.1', port } as const;
    points.push(linkPoint(toxiproxy.control, `link-${i}`, 'ingress', 'near', null, probe));
  }
  return { points, undo: await prepareProxies(points, FAULT_ID, () => ({ toxics: [], switch: 'disable' })) };
}

const untouched = { enabled: true, toxics: [] };

describe('startAll', () => {
  it('starts at every point or at none', async () => {
    await using toxiproxy = await startToxiproxy();
    await using world = await worldControl([]);
    const { points, undo } = await links(toxiproxy, 3);
    await toxiproxy.call('DELETE', '/proxies/link-1');
    const failing: Undo[] = [
      ...undo,
      { driver: 'world', fault: FAULT_ID, control: world.control, name: 'x', action: 'stop' },
    ];
    await expect(startAll(failing, NEVER)).rejects.toThrow(/link-1: .*does not exist.* x: .*no process x/);
    expect(await toxiproxy.state('link-0')).toMatchObject(untouched);
    expect(await toxiproxy.state('link-2')).toMatchObject(untouched);
    expect(await leftoversAt(points)).toEqual([]);
  });

  it('leaves nothing when it is aborted before, during or at the end', async () => {
    await using toxiproxy = await startToxiproxy();
    const { points, undo } = await links(toxiproxy, 4);
    await expect(startAll(undo, AbortSignal.abort())).rejects.toThrow('aborted');
    for (const calls of [1, 2, 3]) {
      const abort = new AbortController();
      const started = startAll(undo, abort.signal);
      await expect.poll(() => leftoversAt(points).then(({ length }) => length)).toBeGreaterThan(calls - 1);
      abort.abort();
      await started.catch(() => {});
      await stopAll(undo);
      expect(await leftoversAt(points)).toEqual([]);
      for (const { name } of points) expect(await toxiproxy.state(name)).toMatchObject(untouched);
    }
  });

  it('reports a possibly damaged target if the undo fails too', async () => {
    await using toxiproxy = await startToxiproxy();
    const { undo } = await links(toxiproxy, 1);
    await using ill = await httpServer((_, response) => void response.writeHead(500).end('{"error":"no"}'));
    const elsewhere = { ...(undo[0] as ToxiproxyUndo), control: `http://127.0.0.1:${ill.port}` };
    await expect(startAll([undo[0]!, elsewhere], NEVER)).rejects.toMatchObject({ name: 'StopError', exitCode: 5 });
    expect(await toxiproxy.state('link-0')).toMatchObject(untouched);
  });
});

describe('stopAll', () => {
  it('tries every point before it reports which ones failed', async () => {
    await using toxiproxy = await startToxiproxy();
    await using ill = await httpServer((_, response) => void response.writeHead(500).end('{"error":"no"}'));
    await using mute = await tcpServer(() => {});
    const { points, undo } = await links(toxiproxy, 2);
    await startAll(undo, NEVER);
    const at = (port: number): ToxiproxyUndo => ({
      ...(undo[0] as ToxiproxyUndo),
      control: `http://127.0.0.1:${port}`,
    });
    const error: unknown = await stopAll([at(ill.port), undo[0]!, at(mute.port), undo[1]!]).catch((reason) => reason);
    expect(error).toBeInstanceOf(StopError);
    expect((error as StopError).message).toMatch(
      /2 of 4 points: got link-0: .*status 500: no.* link-0: .*does not respond/,
    );
    expect((error as StopError).failures.map(({ undo: one }) => (one as ToxiproxyUndo).control)).toEqual([
      `http://127.0.0.1:${ill.port}`,
      `http://127.0.0.1:${mute.port}`,
    ]);
    expect(await leftoversAt(points)).toEqual([]);
    for (const { name } of points) expect(await toxiproxy.state(name)).toMatchObject(untouched);
  });

  it('is moot if the Toxiproxy is not running', async () => {
    const toxiproxy = await startToxiproxy();
    const { points, undo } = await links(toxiproxy, 2);
    await startAll(undo, NEVER);
    await toxiproxy.kill();
    expect((await stopAll(undo)).map(({ how }) => how)).toEqual(['moot', 'moot']);
    expect(await leftoversAt(points)).toEqual([]);
  });

  it(
    'deletes no proxy of a Toxiproxy that hangs, and undoes the fault once it continues',
    { timeout: 60_000 },
    async () => {
      await using toxiproxy = await startToxiproxy();
      const { points, undo } = await links(toxiproxy, 2);
      await startAll(undo, NEVER);
      process.kill(toxiproxy.pid, 'SIGSTOP');
      try {
        await expect(stopAll(undo)).rejects.toThrow('could not be undone at 2 of 2 points');
        await expect(leftoversAt(points)).rejects.toThrow('no response within');
      } finally {
        process.kill(toxiproxy.pid, 'SIGCONT');
      }
      await expect.poll(() => stopAll(undo).then(() => 'stopped', String), { timeout: 10_000 }).toBe('stopped');
      for (const { name } of points) expect(await toxiproxy.state(name)).toMatchObject(untouched);
      await stopAll(undo);
      expect(await leftoversAt(points)).toEqual([]);
    },
  );

  it('has nothing to do for nothing', async () => {
    expect(await stopAll([])).toEqual([]);
    await startAll([], NEVER);
    expect(await leftoversAt([])).toEqual([]);
  });
});
