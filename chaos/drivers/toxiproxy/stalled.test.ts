import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Toxic, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { tcpServer } from '../../../test/fault-rig.ts';
import { FOREIGN, hows, type ProxyRig, SLOW, startProxyRig } from '../../../test/proxy-rig.ts';
import { probe } from '../../probe.ts';
import { leftoversAt, startAll } from '../../undo.ts';
import { readersOf } from './stalled.ts';

const NEVER = new AbortController().signal;

let rig: ProxyRig;
beforeAll(async () => void (rig = await startProxyRig()));
afterAll(() => rig?.[Symbol.asyncDispose]());

/** Kernels other than Linux do not say who has stopped reading. */
const onLinux = { skip: process.platform !== 'linux' };

interface Stalled extends AsyncDisposable {
  undo: ToxiproxyUndo;
  name: string;
  port: number;
  /** Of the client that has stopped listening. */
  clientPort: number;
}

/** A server that never stops talking, and a client that has stopped listening: on a proxy with these toxics. */
async function stalled(before: (name: string, undo: ToxiproxyUndo) => Promise<unknown>): Promise<Stalled> {
  let written = 0;
  const flood = (socket: Socket): void => {
    const chunk = Buffer.alloc(65_536, 120);
    const pour = (): void => {
      while (!socket.destroyed && socket.write(chunk)) written += chunk.length;
    };
    socket.on('drain', pour);
    pour();
  };
  const server = await tcpServer(flood);
  const made = await rig.link(SLOW, server.port);
  await before(made.name, made.undo);
  const client = connect({ host: '127.0.0.1', port: made.port });
  client.on('error', () => {});
  client.pause();
  // Everything between them is full when the server cannot write any more.
  let last = -1;
  const isFull = (): boolean => {
    const isSo = written === last && written > 0;
    last = written;
    return isSo;
  };
  await expect.poll(isFull, { timeout: 15_000, interval: 700 }).toBe(true);
  return {
    ...made,
    clientPort: client.localPort!,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

const withToxics = (name: string, undo: ToxiproxyUndo): Promise<unknown> =>
  rig.add(name, FOREIGN).then(() => startAll([undo], NEVER));

describe('a proxy with a peer that has stopped reading', { timeout: 60_000 }, () => {
  it('is freed by closing its connections first, also while new ones come in', onLinux, async () => {
    await using link = await stalled(withToxics);
    const traffic = setInterval(() => {
      const socket = connect({ host: '127.0.0.1', port: link.port });
      socket.on('error', () => {}).on('data', () => socket.destroy());
    }, 20);
    try {
      expect(await hows([link.undo])).toEqual(['undone']);
      expect(await rig.toxiproxy.state(link.name)).toMatchObject({ enabled: true, toxics: [{ name: FOREIGN.name }] });
      expect(await rig.standIns()).toEqual([]);
      expect(await hows([link.undo])).toEqual(['clean']);
    } finally {
      clearInterval(traffic);
    }
  });

  it('gets no fault: the toxic would make it hang', onLinux, async () => {
    await using link = await stalled(async () => {});
    await expect(startAll([link.undo], NEVER)).rejects.toThrow('has stopped reading');
    expect(await rig.toxiproxy.state(link.name)).toMatchObject({ enabled: true, toxics: [] });
  });

  it(
    'is distinguished from sockets with the same ports, and from a proxy that is not visible from here',
    onLinux,
    async () => {
      await using link = await stalled(async () => {});
      const { listen, upstream, control } = link.undo;
      expect(await readersOf({ listen, upstream, enabled: true }, control)).toBe('stalled');
      // Elsewhere: another machine, or a container that has a network of its own.
      expect(await readersOf({ listen, upstream, enabled: true }, 'http://192.0.2.1:8474')).toBe('unseen');
      expect(await readersOf({ listen, upstream, enabled: true }, 'http://no-such-host.invalid:8474')).toBe('unseen');
      expect(await readersOf({ listen: '0.0.0.0:1', upstream, enabled: true }, control)).toBe('unseen');
      const other = await rig.link(SLOW);
      const elsewhere = `192.0.2.9:${link.clientPort}`;
      expect(await readersOf({ listen: other.undo.listen, upstream: elsewhere, enabled: true }, control)).toBe(
        'reading',
      );
      const here = `127.0.0.1:${link.clientPort}`;
      expect(await readersOf({ listen: other.undo.listen, upstream: here, enabled: true }, control)).toBe('stalled');
    },
  );

  it('is recreated once it hangs, and does not block the others', async () => {
    await using stuck = await stalled(withToxics);
    const [{ name: ours }] = stuck.undo.toxics as [Toxic];
    void rig.toxiproxy.call('DELETE', `/proxies/${stuck.name}/toxics/${ours}`).catch(() => {});
    const { name, point, undo } = await rig.link(SLOW);
    await startAll([undo], NEVER);
    expect(await leftoversAt([point])).toMatchObject([{ proxy: name }]);
    expect(await hows([stuck.undo, undo])).toEqual(['undone', 'undone']);
    expect(await rig.toxiproxy.state(name)).toMatchObject({ toxics: [] });
    expect(await rig.toxiproxy.state(stuck.name)).toMatchObject({
      enabled: true,
      listen: stuck.undo.listen,
      toxics: [],
    });
    expect((await probe({ protocol: 'tcp', host: '127.0.0.1', port: stuck.port }, 3_000)).outcome).toBe('answered');
    expect(await rig.standIns()).toEqual([]);
  });
});
