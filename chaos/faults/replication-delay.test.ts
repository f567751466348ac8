import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { FaultPoint } from '../../src/formats/faults.ts';
import { startFault, chosen, paramsOf } from '../../test/fault-life.ts';
import {
  httpServer,
  linkPoint,
  postgresServer,
  startToxiproxy,
  tcpServer,
  worldControl,
} from '../../test/fault-rig.ts';
import { replicationDelay } from './replication-delay.ts';

interface Replica extends AsyncDisposable {
  /** Of its replication link, looked at by the age of its heartbeat. */
  link: FaultPoint;
  /** URL of its lag. */
  lagUrl: string;
  /** Stands still, as a replica whose replay is paused. */
  pause(paused: boolean): void;
}

/** A primary that beats ten times a second, 5 kB/s of it, and a replica behind a real Toxiproxy that dials again. */
async function startReplica(): Promise<Replica> {
  const beats = new Set<NodeJS.Timeout>();
  const primary = await tcpServer((socket) => {
    const timer = setInterval(() => socket.write(`${String(Date.now()).padEnd(499)}\n`), 100);
    beats.add(timer);
    socket.on('close', () => clearInterval(timer));
  });
  const toxiproxy = await startToxiproxy();
  const port = await toxiproxy.proxy('replication-far', primary.port);
  let received = Date.now();
  let shown = received;
  let isPaused = false;
  let isOver = false;
  let stream: Socket | undefined;
  const follow = (): void => {
    let rest = '';
    stream = connect({ host: '127.0.0.1', port });
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop()!;
      if (lines.length > 0) received = Number(lines.at(-1));
      if (!isPaused) shown = received;
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      if (!isOver) setTimeout(follow, 100);
    });
  };
  follow();
  const lag = await httpServer((_, response) => void response.end(JSON.stringify({ ageMs: Date.now() - shown })));
  const lagUrl = `http://127.0.0.1:${lag.port}/lag`;
  return {
    link: linkPoint(toxiproxy.control, 'replication-far', 'replication', 'far', 'near', {
      protocol: 'lag',
      url: lagUrl,
    }),
    lagUrl,
    pause(paused) {
      isPaused = paused;
      if (!paused) shown = received;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      for (const timer of beats) clearInterval(timer);
      stream?.destroy();
      for (const one of [primary, toxiproxy, lag]) await one[Symbol.asyncDispose]();
    },
  };
}

describe('a replica that falls behind', () => {
  it.each([
    ['by a fixed time', { mode: 'delay', delayMs: 1_500 }],
    ['without end, where only its link can be held', { mode: 'pause' }],
    ['more and more', { mode: 'slow' }],
  ])('is seen by its heartbeat, through a real Toxiproxy: %s', async (_, given) => {
    await using replica = await startReplica();
    await using fault = await startFault(replicationDelay, [replica.link], { region: 'far', ...given });
    await fault.heal();
  });

  it('is paused in itself where a world can do that', async () => {
    await using replica = await startReplica();
    await using world = await worldControl(
      [{ name: 'database-far', kind: 'database', region: 'far', state: 'running', fault: null }],
      (_, action) => replica.pause(action === 'pause'),
    );
    const database: FaultPoint = {
      driver: 'world',
      name: 'database-far',
      kind: 'database',
      region: 'far',
      to: null,
      control: world.control,
      probe: { protocol: 'lag', url: replica.lagUrl },
    };
    const points = [replica.link, database];
    await using fault = await startFault(replicationDelay, points, { region: 'far', mode: 'pause' });
    expect(fault.undo).toMatchObject([{ driver: 'world', name: 'database-far', action: 'pause' }]);
    await fault.heal();
  });

  it('is seen at its link where there is no heartbeat', async () => {
    await using toxiproxy = await startToxiproxy();
    await using primary = await postgresServer();
    const port = await toxiproxy.proxy('replication-far', primary.port);
    const probe = { protocol: 'postgres', host: '127.0.0.1', port } as const;
    const link = linkPoint(toxiproxy.control, 'replication-far', 'replication', 'far', 'near', probe);
    for (const given of [{ mode: 'delay', delayMs: 700 }, { mode: 'pause' }]) {
      await using fault = await startFault(replicationDelay, [link], { region: 'far', ...given });
      await fault.heal();
    }
  });

  it('must have a replication link', () => {
    const params = paramsOf(replicationDelay, { region: 'near', mode: 'delay' });
    const link = linkPoint('http://127.0.0.1:9', 'replication-far', 'replication', 'far', 'near', {
      protocol: 'tcp',
      host: '127.0.0.1',
      port: 9,
    });
    expect(replicationDelay.select([link], params)).toBe(
      'near has no replica behind a Toxiproxy; regions that have one: far',
    );
    expect(chosen(replicationDelay, [link], paramsOf(replicationDelay, { region: 'far', mode: 'slow' }))).toEqual([
      link,
    ]);
  });

  it('is not delayed by so much that its stream would break', () => {
    const { params } = replicationDelay;
    const delay = (delayMs: number) => params.safeParse({ region: 'far', mode: 'delay', delayMs });
    expect(delay(29_999).success).toBe(true);
    expect(delay(30_000).error?.issues[0]?.message).toBe('a whole number from 500 to 29999 ms');
    expect(delay(499).success).toBe(false);
  });
});
