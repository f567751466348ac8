/**
 * A world of containers: docker-compose.yml has started its servers, and each is waited for, told and broken from here.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Address, inWords, onLoopback } from '../kit/address.ts';
import { startDelayHop } from '../kit/delay-hop.ts';
import type { Ground, Server } from '../kit/ground.ts';
import { regionsWith, type ServerKind, type Topology } from '../kit/topology.ts';
import { replicaSettings } from '../kit/postgres/replica-settings.ts';
import { steadyClient } from '../kit/postgres/steady-client.ts';
import { Toxiproxy } from '../kit/toxiproxy.ts';
import { dataDirectory, doorPort, HUB, lookedAtPort, PGDATA, PORTS, service, WORLD_FILE } from './layout.ts';
import { Supervised } from './orders.ts';
import { openSwitchboard } from './programs.ts';

/** Containers start one after the other, and a replica copies its primary first. */
const PATIENCE_MS = 60_000;
const ASK_EVERY_MS = 50;
const LOST_EVERY_MS = 1_000;

const anywhere = (port: number): Address => ({ host: '0.0.0.0', port });

/** The ground on which everything is a service; `lost` is called with a sentence when one ends by itself. */
export async function composeGround(topology: Topology, lost: (message: string) => void): Promise<Ground> {
  const switchboard = await openSwitchboard(anywhere(PORTS.programs), (name) => lost(`${name} ended`));
  const supervised = (kind: ServerKind, endsBy: 'KILL' | 'QUIT'): Record<string, Supervised> =>
    Object.fromEntries(regionsWith(topology, kind).map((id) => [id, new Supervised(service(kind, id), endsBy)]));
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
    answers: (address: Address) => Promise<boolean>,
  ): Promise<Server> => {
    const handle = handles[kind][region]!;
    const address = { host: service(kind, region), port: PORTS[kind] };
    await handle.start();
    await until(() => answers(address), `${inWords(address)} does not answer`);
    return { address, handle };
  };

  return {
    // A container cannot see what runs it: whoever starts the world says so, or nobody.
    versions: { engine: process.env['ANTIPODE_ENGINE'] || 'Docker Compose, its engine not named (ANTIPODE_ENGINE)' },
    async toxiproxy() {
      const toxiproxy = new Toxiproxy(`http://127.0.0.1:${PORTS.toxiproxy}`, '0.0.0.0');
      await until(() => toxiproxy.version().then(Boolean, () => false), 'Toxiproxy does not answer');
      // Its namespace outlives it, in the others that share it: nothing else would show that it is gone.
      setInterval(
        () => void refuses(onLoopback(PORTS.toxiproxy)).then((is) => is && lost('toxiproxy ended')),
        LOST_EVERY_MS,
      );
      return toxiproxy;
    },
    store: (region) => server('store', region, answersPing),
    database: (region) => server('database', region, answersQuery),
    async api(region) {
      const handle = handles.api[region]!;
      await handle.start();
      const talk = await switchboard(service('api', region), PATIENCE_MS);
      const end = (): Promise<void> => {
        talk.expectedUp = false; // on purpose, which is no loss
        return handle.end();
      };
      const [freeze, thaw, reload] = [() => handle.freeze(), () => handle.thaw(), () => handle.reload()];
      return Object.assign(talk, { handle: { end, freeze, thaw, reload } });
    },
    edge: () => switchboard('edge', PATIENCE_MS),
    door: (name) => anywhere(doorPort(topology, name)),
    apiAddress: (region, port) => ({ host: service('api', region), port }),
    reached: (port) => ({ host: HUB, port }),
    async lookedAt(kind, region, upstream) {
      const { port } = await startDelayHop({
        oneWayMs: 0,
        upstream,
        listen: anywhere(lookedAtPort(topology, kind, region)),
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

/** Nothing says that the world is up before it is. */
export async function unpublish(): Promise<void> {
  await mkdir(dirname(WORLD_FILE), { recursive: true });
  await rm(WORLD_FILE, { force: true });
}

/** Whoever waits for the file sees all of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

function watchFor(servers: Supervised[], lost: (message: string) => void): void {
  setInterval(() => {
    for (const one of servers) {
      void one.isLost().then((isLost) => {
        if (isLost) lost(`${one.service} ended`);
      });
    }
  }, LOST_EVERY_MS);
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`${otherwise} after ${PATIENCE_MS / 1000} s`);
    await pause(ASK_EVERY_MS);
  }
}

async function answersQuery(address: Address): Promise<boolean> {
  const client = steadyClient(address, 1_000);
  try {
    await client.query('SELECT');
    return true;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

/** Whether nobody listens there any more. One that is slow is there. */
const refuses = (address: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });

/** Redis says +PONG; one that loads or is not there says something else, or nothing. */
const answersPing = (address: Address): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(address, () => socket.write('PING\r\n'));
    const done = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.on('error', () => done(false)).on('data', (said) => done(said.toString().startsWith('+PONG')));
  });
