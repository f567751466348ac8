import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultName, type FaultPoint, type Toxic, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import {
  FAULT_ID,
  httpServer,
  linkPoint,
  startToxiproxy,
  tcpServer,
  type TestServer,
  type ToxiproxyRig,
} from '../../../test/fault-rig.ts';
import { probe } from '../../probe.ts';
import { leftoversAt, startAll, stopAll } from '../../undo.ts';
import { toxiproxyAt } from './client.ts';
import { type LinkChange, prepareProxies } from './prepare.ts';
import { replaceProxy } from './revert.ts';
import { markerOf, toxicOf } from './toxics.ts';

const NEVER = new AbortController().signal;
const FOREIGN = {
  name: 'theirs',
  type: 'latency',
  stream: 'downstream',
  toxicity: 1,
  attributes: { latency: 1, jitter: 0 },
};
const SLOW: LinkChange = {
  toxics: [{ type: 'latency', stream: 'downstream', attributes: { latency: 100, jitter: 0 } }],
  switch: 'none',
};
const REFUSED: LinkChange = { toxics: [], switch: 'disable' };
const RESET: LinkChange = {
  toxics: [{ type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } }],
  switch: 'bounce',
};

let toxiproxy: ToxiproxyRig;
let web: TestServer;
let count = 0;

beforeAll(async () => {
  toxiproxy = await startToxiproxy();
  web = await httpServer();
});
afterAll(async () => {
  await toxiproxy?.[Symbol.asyncDispose]();
  await web?.[Symbol.asyncDispose]();
});

/** A link of its own, and the undo data of a fault on it. */
async function link(
  change: LinkChange,
  upstreamPort = web.port,
): Promise<{ name: string; port: number; point: FaultPoint; undo: ToxiproxyUndo }> {
  const name = `link-${(count += 1)}`;
  const port = await toxiproxy.proxy(name, upstreamPort);
  const url = `http://127.0.0.1:${port}/`;
  const point = linkPoint(toxiproxy.control, name, 'ingress', 'near', null, { protocol: 'http', url });
  const [undo] = await prepareProxies([point], FAULT_ID, () => change);
  return { name, port, point, undo: undo! };
}

const add = (name: string, toxic: object) => toxiproxy.call('POST', `/proxies/${name}/toxics`, toxic);
const hows = async (undo: ToxiproxyUndo[]): Promise<string[]> => (await stopAll(undo)).map(({ how }) => how);
const toxicNames = async (name: string): Promise<string[]> =>
  (await toxiproxy.state(name))!.toxics.map((toxic: Toxic) => toxic.name).toSorted();
const outcome = async (point: FaultPoint): Promise<string> => (await probe(point.probe, 3_000)).outcome;

describe('a fault on a proxy', () => {
  it.each([
    ['slow', SLOW, true],
    ['refused', REFUSED, false],
    ['reset', RESET, true],
  ] as const)('is there after its start and gone without a trace after its stop: %s', async (_, change, enabled) => {
    const { name, point, undo } = await link(change);
    const before = await toxiproxy.state(name);
    await startAll([undo], NEVER);
    const broken = (await toxiproxy.state(name))!;
    expect(broken.enabled).toBe(enabled);
    expect(broken.toxics.length).toBeGreaterThan(0);
    expect(broken.toxics.every((toxic) => toxic.name.startsWith(faultName(FAULT_ID)))).toBe(true);
    expect(await hows([undo])).toEqual(['undone']);
    expect(await toxiproxy.state(name)).toEqual(before);
    expect(await outcome(point)).toBe('answered');
  });

  it('is stopped twice as well as once, and by two at the same time', async () => {
    const { point, undo } = await link(REFUSED);
    await startAll([undo], NEVER);
    const both = await Promise.all([hows([undo]), hows([undo])]);
    expect(both.flat()).toContain('undone');
    expect(await hows([undo])).toEqual(['clean']);
    expect(await outcome(point)).toBe('answered');
  });

  it('puts latency before shapers, whatever order it was written in', async () => {
    const { name, undo } = await link({
      toxics: [{ type: 'bandwidth', stream: 'downstream', attributes: { rate: 100 } }, ...SLOW.toxics],
      switch: 'none',
    });
    await startAll([undo], NEVER);
    expect((await toxiproxy.state(name))!.toxics.map(({ type }) => type)).toEqual(['latency', 'bandwidth']);
    await stopAll([undo]);
  });

  it('is undone from any half of a start', async () => {
    for (const steps of [0, 1, 2]) {
      const { name, point, undo } = await link(REFUSED);
      if (steps > 0) await add(name, markerOf(FAULT_ID));
      if (steps > 1) await toxiproxy.call('PATCH', `/proxies/${name}`, { enabled: false });
      expect(await hows([undo])).toEqual([steps === 0 ? 'clean' : 'undone']);
      expect(await toxiproxy.state(name)).toMatchObject({ enabled: true, toxics: [] });
      expect(await outcome(point)).toBe('answered');
    }
  });

  it('has a marker that changes nothing for clients', async () => {
    const { name, port, point } = await link(REFUSED);
    await add(name, markerOf(FAULT_ID));
    const before = await probe({ protocol: 'http', url: `http://127.0.0.1:${port}/` }, 3_000);
    expect(before.outcome).toBe('answered');
    expect(await outcome(point)).toBe('answered');
  });

  it('leaves the toxics of other people and of other faults', async () => {
    const { name, undo } = await link(SLOW);
    const others = toxicOf(
      { ...FAULT_ID, number: 2 },
      { type: 'timeout', stream: 'upstream', attributes: { timeout: 9_000 } },
    );
    await add(name, FOREIGN);
    await add(name, others);
    await startAll([undo], NEVER);
    expect(await toxicNames(name)).toHaveLength(3);
    await stopAll([undo]);
    expect(await toxicNames(name)).toEqual([FOREIGN.name, others.name].toSorted());
  });

  it('does not enable a proxy that somebody else has disabled', async () => {
    const { name, undo } = await link(REFUSED);
    await toxiproxy.call('PATCH', `/proxies/${name}`, { enabled: false });
    await expect(startAll([undo], NEVER)).rejects.toThrow('is disabled already');
    expect(await hows([undo])).toEqual(['clean']);
    expect((await toxiproxy.state(name))!.enabled).toBe(false);
  });

  it('is moot where somebody has deleted the proxy, which stays deleted', async () => {
    const { name, undo } = await link(SLOW);
    await startAll([undo], NEVER);
    await toxiproxy.call('DELETE', `/proxies/${name}`);
    expect(await hows([undo])).toEqual(['moot']);
    expect(await toxiproxy.state(name)).toBeNull();
  });
});

describe('a fault found by name alone', () => {
  it.each([
    ['slow', SLOW],
    ['refused', REFUSED],
    ['reset', RESET],
  ] as const)('is undone without a journal: %s', async (_, change) => {
    const { name, point, undo } = await link(change);
    await add(name, FOREIGN);
    expect(await leftoversAt([point])).toEqual([]);
    await startAll([undo], NEVER);
    const found = await leftoversAt([point]);
    expect(found).toMatchObject([{ fault: FAULT_ID, proxy: name, listen: undo.listen, upstream: undo.upstream }]);
    await stopAll(found);
    expect(await leftoversAt([point])).toEqual([]);
    expect(await toxiproxy.state(name)).toMatchObject({ enabled: true, toxics: [{ name: FOREIGN.name }] });
  });

  it('is one of several, each of them told apart', async () => {
    const { name, point } = await link(SLOW);
    const second = { ...FAULT_ID, runId: 'another-run' };
    await add(name, toxicOf(FAULT_ID, SLOW.toxics[0]!));
    await add(name, toxicOf(second, { type: 'timeout', stream: 'upstream', attributes: { timeout: 9_000 } }));
    const found = await leftoversAt([point]);
    expect(found.map(({ fault }) => fault.runId).toSorted()).toEqual([FAULT_ID.runId, 'another-run'].toSorted());
    await stopAll(found.filter(({ fault }) => fault.runId === 'another-run'));
    expect(await toxicNames(name)).toEqual([`${faultName(FAULT_ID)}.latency_downstream`]);
  });

  it('is not looked for at proxies that are no concern of ours', async () => {
    const { undo } = await link(SLOW);
    const { point } = await link(SLOW);
    await startAll([undo], NEVER);
    expect(await leftoversAt([point])).toEqual([]);
    await stopAll([undo]);
  });
});

/** Kernels other than Linux do not say who has stopped reading. */
const onLinux = { skip: process.platform !== 'linux' };

interface Stalled extends AsyncDisposable {
  undo: ToxiproxyUndo;
  name: string;
  port: number;
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
  const made = await link(SLOW, server.port);
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
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

const withToxics = (name: string, undo: ToxiproxyUndo): Promise<unknown> =>
  add(name, FOREIGN).then(() => startAll([undo], NEVER));

/** Names of our own among all proxies: none, if the server answers at all. */
async function standIns(): Promise<string[]> {
  const { text } = await toxiproxy.call('GET', '/proxies');
  return Object.keys(JSON.parse(text) as object).filter((name) => name.startsWith('antipode'));
}

describe('a proxy on which somebody has stopped reading', { timeout: 60_000 }, () => {
  it('is freed by closing its connections first, also while new ones come in', onLinux, async () => {
    await using link = await stalled(withToxics);
    const traffic = setInterval(() => {
      const socket = connect({ host: '127.0.0.1', port: link.port });
      socket.on('error', () => {}).on('data', () => socket.destroy());
    }, 20);
    try {
      expect(await hows([link.undo])).toEqual(['undone']);
      expect(await toxiproxy.state(link.name)).toMatchObject({ enabled: true, toxics: [{ name: FOREIGN.name }] });
      expect(await standIns()).toEqual([]);
      expect(await hows([link.undo])).toEqual(['clean']);
    } finally {
      clearInterval(traffic);
    }
  });

  it('is not broken: the toxic that does it would wedge it', onLinux, async () => {
    await using link = await stalled(async () => {});
    await expect(startAll([link.undo], NEVER)).rejects.toThrow('has stopped reading');
    expect(await toxiproxy.state(link.name)).toMatchObject({ enabled: true, toxics: [] });
  });

  it('is made again once somebody has wedged it, and keeps no other waiting', async () => {
    await using stuck = await stalled(withToxics);
    const [{ name: ours }] = stuck.undo.toxics as [Toxic];
    void toxiproxy.call('DELETE', `/proxies/${stuck.name}/toxics/${ours}`).catch(() => {});
    const { name, point, undo } = await link(SLOW);
    await startAll([undo], NEVER);
    expect(await leftoversAt([point])).toMatchObject([{ proxy: name }]);
    expect(await hows([stuck.undo, undo])).toEqual(['undone', 'undone']);
    expect(await toxiproxy.state(name)).toMatchObject({ toxics: [] });
    expect(await toxiproxy.state(stuck.name)).toMatchObject({ enabled: true, listen: stuck.undo.listen, toxics: [] });
    expect((await probe({ protocol: 'tcp', host: '127.0.0.1', port: stuck.port }, 3_000)).outcome).toBe('answered');
    expect(await standIns()).toEqual([]);
  });
});

describe('a proxy that is made again', () => {
  it('keeps the toxics of others, and loses ours', async () => {
    const { name, point, undo } = await link(SLOW);
    await add(name, FOREIGN);
    await startAll([undo], NEVER);
    expect(await replaceProxy(undo, await toxiproxyAt(toxiproxy.control).proxy(name))).toBe('undone');
    expect(await toxiproxy.state(name)).toMatchObject({
      enabled: true,
      listen: undo.listen,
      toxics: [{ name: FOREIGN.name }],
    });
    expect(await outcome(point)).toBe('answered');
    expect(await standIns()).toEqual([]);
  });

  it('is enabled again if it was us who had disabled it', async () => {
    const { name, undo } = await link(REFUSED);
    await startAll([undo], NEVER);
    expect(await replaceProxy(undo, await toxiproxyAt(toxiproxy.control).proxy(name))).toBe('undone');
    expect(await toxiproxy.state(name)).toMatchObject({ enabled: true, toxics: [] });
  });
});

describe('a replacement that was cut short', () => {
  const standIn = ({ fault, proxy, listen, upstream }: ToxiproxyUndo) => ({
    name: `${faultName(fault)}.${proxy}`,
    listen,
    upstream,
    enabled: false,
  });

  it.each([
    ['before the proxy was deleted', []],
    ['while it was away', ['DELETE']],
    ['before it was enabled', ['DELETE', 'POST']],
    ['after its connections were closed', ['PATCH']],
  ])('%s is finished by the next one, and found by name', async (_, steps) => {
    const { name, point, undo } = await link(SLOW);
    await toxiproxy.call('POST', '/proxies', standIn(undo));
    if (steps.includes('DELETE')) await toxiproxy.call('DELETE', `/proxies/${name}`);
    if (steps.includes('POST')) await toxiproxy.call('POST', '/proxies', { ...standIn(undo), name });
    if (steps.includes('PATCH')) await toxiproxy.call('PATCH', `/proxies/${name}`, { enabled: false });
    const found = await leftoversAt([point]);
    expect(found).toMatchObject([{ proxy: name, fault: FAULT_ID }]);
    // Whoever lists what there is sees the stand-in alone.
    expect(await leftoversAt([{ ...point, name: standIn(undo).name }])).toEqual(found);
    expect(await hows(found as ToxiproxyUndo[])).toEqual(['undone']);
    expect(await toxiproxy.state(name)).toMatchObject({ enabled: true, listen: undo.listen, toxics: [] });
    expect(await outcome(point)).toBe('answered');
    expect(await leftoversAt([point])).toEqual([]);
  });
});
