/** The ground for containers: docker-compose.yml starts the servers; this waits for them and controls them. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Address, formatAddress, onLoopback } from '../kit/address.ts';
import { startDelayHop } from '../kit/delay-hop.ts';
import type { Ground, Server } from '../kit/ground.ts';
import { regionsWith, type ServerKind, type Topology } from '../kit/topology.ts';
import { replicaSettings } from '../kit/postgres/replica-settings.ts';
import { reconnectingClient } from '../kit/postgres/reconnecting-client.ts';
import { Toxiproxy } from '../kit/toxiproxy.ts';
import { dataDirectory, listenPort, HUB, directPort, PGDATA, PORTS, service, WORLD_FILE } from './layout.ts';
import { Supervised } from './orders.ts';
import { listenForPrograms } from './programs.ts';

/** Containers start one after the other, and a replica copies its primary first. */
const START_TIMEOUT_MS = 60_000;
const POLL_EVERY_MS = 50;
const CHECK_EVERY_MS = 1_000;

const anywhere = (port: number): Address => ({ host: '0.0.0.0', port });

/** A ground on which every server is a service; `lost` is called with a message when one exits unexpectedly. */
export async function composeGround(topology: Topology, lost: (message: string) => void): Promise<Ground> {
  const acceptProgram = await listenForPrograms(anywhere(PORTS.programs), (name) => lost(`${name} exited`));
  const supervised = (kind: ServerKind, stopSignal: 'KILL' | 'QUIT'): Record<string, Supervised> =>
    Object.fromEntries(regionsWith(topology, kind).map((id) => [id, new Supervised(service(kind, id), stopSignal)]));
  const handles = {
    api: supervised('api', 'KILL'),
    database: supervised('database', 'QUIT'),
    store: supervised('store', 'KILL'),
  };
  watchFor(
    Object.values(handles).flatMap((some) => Object.values(some)),
    lost,
  );

  const server = async (
    kind: ServerKind,
    region: string,
    responds: (address: Address) => Promise<boolean>,
  ): Promise<Server> => {
    const handle = handles[kind][region]!;
    const address = { host: service(kind, region), port: PORTS[kind] };
    await handle.start();
    await until(() => responds(address), `no response from ${formatAddress(address)}`);
    return { address, handle };
  };

  return {
    // A container cannot detect its engine: the environment names it.
    versions: { engine: process.env['ANTIPODE_ENGINE'] || 'Docker Compose, engine unknown (set ANTIPODE_ENGINE)' },
    async toxiproxy() {
      const toxiproxy = new Toxiproxy(`http://127.0.0.1:${PORTS.toxiproxy}`, '0.0.0.0');
      await until(() => toxiproxy.version().then(Boolean, () => false), 'no response from Toxiproxy');
      // The containers that share its network namespace keep it open, so only a refused connection shows the exit.
      setInterval(
        () => void refuses(onLoopback(PORTS.toxiproxy)).then((is) => is && lost('toxiproxy exited')),
        CHECK_EVERY_MS,
      );
      return toxiproxy;
    },
    store: (region) => server('store', region, respondsToPing),
    database: (region) => server('database', region, respondsToQuery),
    async api(region) {
      const handle = handles.api[region]!;
      await handle.start();
      const talk = await acceptProgram(service('api', region), START_TIMEOUT_MS);
      const end = (): Promise<void> => {
        talk.expectedUp = false; // on purpose, which does not break the world
        return handle.end();
      };
      const [freeze, thaw, reload] = [() => handle.freeze(), () => handle.thaw(), () => handle.reload()];
      return Object.assign(talk, { handle: { end, freeze, thaw, reload } });
    },
    edge: () => acceptProgram('edge', START_TIMEOUT_MS),
    listenAddress: (name) => anywhere(listenPort(topology, name)),
    apiAddress: (region, port) => ({ host: service('api', region), port }),
    addressFromRegions: (port) => ({ host: HUB, port }),
    async directPort(kind, region, upstream) {
      const { port } = await startDelayHop({
        oneWayMs: 0,
        upstream,
        listen: anywhere(directPort(topology, kind, region)),
      });
      return port;
    },
    async streamFrom(region, source) {
      await writeWhole(join(dataDirectory(region), 'replica.conf'), replicaSettings(region, source));
    },
    async makeReadOnly(region) {
      await writeFile(join(dataDirectory(region), PGDATA, 'standby.signal'), '');
    },
    async publish(description) {
      await writeWhole(WORLD_FILE, `${JSON.stringify(description, null, 2)}\n`);
      return WORLD_FILE;
    },
  };
}

/** Removes a world.json of an earlier start. */
export async function unpublish(): Promise<void> {
  await mkdir(dirname(WORLD_FILE), { recursive: true });
  await rm(WORLD_FILE, { force: true });
}

/** Writes atomically: readers see the whole file. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

function watchFor(servers: Supervised[], lost: (message: string) => void): void {
  setInterval(() => {
    for (const one of servers) {
      void one.isLost().then((isLost) => {
        if (isLost) lost(`${one.service} exited`);
      });
    }
  }, CHECK_EVERY_MS);
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`${otherwise} after ${START_TIMEOUT_MS / 1000} s`);
    await pause(POLL_EVERY_MS);
  }
}

async function respondsToQuery(address: Address): Promise<boolean> {
  const client = reconnectingClient(address, 1_000);
  try {
    await client.query('SELECT');
    return true;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

/** Whether the connection is refused. A slow server does not refuse. */
const refuses = (address: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });

/** Whether Redis replies +PONG. While it loads its reply is an error. */
const respondsToPing = (address: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(address, () => socket.write('PING\r\n'));
    const done = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.on('error', () => done(false)).on('data', (reply) => done(reply.toString().startsWith('+PONG')));
  });
