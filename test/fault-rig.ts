/**
 * A real Toxiproxy in front of small servers, for tests of faults; and whom it is looked at by, past our own client.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { OwnLinks } from '../chaos/points.ts';
import type { FaultId, FaultPoint, FaultSite, LinkKind, ProbeAddress, SiteKind, Toxic } from '../src/formats/faults.ts';
import { resolveTools } from '../src/tools/index.ts';

export const FAULT_ID: FaultId = { runId: '20261123-210000-abcd', number: 1, expiresAt: 1_800_000_000 };

export interface ProxyState {
  enabled: boolean;
  listen: string;
  toxics: Toxic[];
}

export interface ToxiproxyRig extends AsyncDisposable {
  control: string;
  pid: number;
  /** Makes a proxy and returns the port it listens on. */
  proxy(name: string, upstreamPort: number): Promise<number>;
  /** The proxy as the server reports it, null if there is none. */
  state(name: string): Promise<ProxyState | null>;
  /** Any call, past our own client. */
  call(method: string, path: string, body?: object): Promise<{ status: number; text: string }>;
  /** SIGKILL, and its end. */
  kill(): Promise<void>;
}

/** A Toxiproxy of its own on a free port. */
export async function startToxiproxy(): Promise<ToxiproxyRig> {
  const { 'toxiproxy-server': binary } = await resolveTools(['toxiproxy-server']);
  const { child, port } = await onFreePort(
    binary,
    (free) => ['-host', '127.0.0.1', '-port', String(free)],
    async (free) => (await fetch(`http://127.0.0.1:${free}/version`)).ok,
  );
  const control = `http://127.0.0.1:${port}`;
  const call = async (method: string, path: string, body?: object): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${control}${path}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, text: await response.text() };
  };
  const kill = () => endOf(child);
  return {
    control,
    pid: child.pid!,
    call,
    kill,
    [Symbol.asyncDispose]: kill,
    async proxy(name, upstreamPort) {
      const upstream = `127.0.0.1:${upstreamPort}`;
      const { text } = await call('POST', '/proxies', { name, listen: '127.0.0.1:0', upstream, enabled: true });
      return Number((JSON.parse(text) as ProxyState).listen.split(':').at(-1));
    },
    async state(name) {
      const { status, text } = await call('GET', `/proxies/${encodeURIComponent(name)}`);
      return status === 404 ? null : (JSON.parse(text) as ProxyState);
    },
  };
}

/** A Redis that keeps nothing on disk. */
export async function startRedis(): Promise<AsyncDisposable & { port: number }> {
  const { 'redis-server': binary } = await resolveTools(['redis-server']);
  const { child, port } = await onFreePort(
    binary,
    (free) => ['--bind', '127.0.0.1', '--port', String(free), '--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    isListening,
  );
  return { port, [Symbol.asyncDispose]: () => endOf(child) };
}

async function onFreePort(
  binary: string,
  args: (port: number) => string[],
  isUp: (port: number) => Promise<boolean>,
): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 1; ; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    if (await isListening(port)) continue;
    const child = spawn(binary, args(port), {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, LOG_LEVEL: 'error' },
    });
    for (const deadlineMs = Date.now() + 10_000; child.exitCode === null && Date.now() < deadlineMs;) {
      if (await isUp(port).catch(() => false)) return { child, port };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await endOf(child);
    if (tries === 3) throw new Error(`${binary} did not come up`);
  }
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end(false));
  });

export interface TestServer extends AsyncDisposable {
  port: number;
  sockets: Set<Socket>;
}

/** A TCP server that passes each connection to the test. */
export async function tcpServer(serve: (socket: Socket) => void): Promise<TestServer> {
  return listening(
    createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => {});
      serve(socket);
    }),
  );
}

/** An HTTP server; by default every answer is `ok`. */
export const httpServer = (serve: RequestListener = (_, response) => void response.end('ok')): Promise<TestServer> =>
  listening(createHttpServer(serve));

async function listening(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** Responds to an SSL request like PostgreSQL. */
export const postgresServer = (): Promise<TestServer> =>
  tcpServer((socket) => socket.on('data', () => socket.write('N')));

/** The result of a request on a connection that was open before. */
export type Fate = 'answered' | 'hangs' | 'closed' | 'reset';

export interface OpenConnection extends Disposable {
  /** Sends `request`; without a response for `waitMs` (default 700 ms) it hangs. */
  send(waitMs?: number): Promise<{ fate: Fate; tookMs: number }>;
}

/** A connection that has had a response, and stays open. */
export async function openConnection(port: number, request: string | Buffer): Promise<OpenConnection> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let ended: Fate | null = null;
  let settle: (fate: Fate) => void = () => {};
  socket.on('data', () => settle('answered'));
  socket.on('error', ({ code }: NodeJS.ErrnoException) =>
    settle((ended ??= code === 'ECONNRESET' ? 'reset' : 'closed')),
  );
  socket.on('close', () => settle((ended ??= 'closed')));
  const send = async (waitMs = 700): Promise<{ fate: Fate; tookMs: number }> => {
    const begunMs = performance.now();
    const fate = await new Promise<Fate>((resolve) => {
      const timer = setTimeout(() => resolve('hangs'), waitMs);
      settle = (what) => {
        clearTimeout(timer);
        resolve(what);
      };
      if (ended) settle(ended);
      else socket.write(request);
    });
    return { fate, tookMs: performance.now() - begunMs };
  };
  await once(socket, 'connect');
  const { fate } = await send(5_000);
  if (fate !== 'answered') throw new Error(`a healthy server ${fate}`);
  return { send, [Symbol.dispose]: () => socket.destroy() };
}

export const HTTP_REQUEST = 'GET /health HTTP/1.1\r\nhost: region\r\n\r\n';
export const REDIS_REQUEST = 'PING\r\n';
export const POSTGRES_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** A point at a proxy of this Toxiproxy. */
export function linkPoint(
  control: string,
  name: string,
  kind: SiteKind,
  region: string,
  to: string | null,
  probe: ProbeAddress,
): FaultPoint {
  return { driver: 'toxiproxy', name, kind, region, to, control, probe };
}

/** These sites of this Toxiproxy, as in the file of your own target. */
export const ownLinks = (control: string, sites: Pick<FaultSite, 'name' | 'kind' | 'region' | 'to'>[]): OwnLinks => ({
  name: 'rig',
  regions: [],
  resolve: {},
  tls: { caFile: null, certFile: null, keyFile: null },
  toxiproxies: [
    {
      control,
      links: sites.map(({ name, kind, region, to }) => ({
        proxy: name,
        kind: kind as LinkKind,
        region,
        to,
        name: null,
        reachedAt: null,
        probe: { protocol: null, path: null, expect: null, tls: null, serverName: null, caFile: null },
      })),
    },
  ],
});

export interface RegionRig extends AsyncDisposable {
  toxiproxy: ToxiproxyRig;
  points: FaultPoint[];
  /** By name of the point: the port of its proxy. */
  ports: Record<string, number>;
}

/** Two regions, `near` with the primary and `far`, with real links: HTTP, Redis, and what answers like PostgreSQL. */
export async function startRegions(): Promise<RegionRig> {
  const started: AsyncDisposable[] = [];
  const stop = async (): Promise<void> => {
    for (const one of started.toReversed()) await one[Symbol.asyncDispose]();
  };
  const up = <T extends AsyncDisposable>(one: T): T => {
    started.push(one);
    return one;
  };
  try {
    const toxiproxy = up(await startToxiproxy());
    const servers = {
      http: up(await httpServer()),
      redis: up(await startRedis()),
      postgres: up(await postgresServer()),
    };
    const ports: Record<string, number> = {};
    const points: FaultPoint[] = [];
    for (const [kind, region, to] of LINKS) {
      const name = to === null ? `${kind}-${region}` : `${kind}-${region}-${to}`;
      const protocol = PROTOCOLS[kind];
      const port = await toxiproxy.proxy(name, servers[protocol].port);
      ports[name] = port;
      const probe: ProbeAddress =
        protocol === 'http'
          ? { protocol, url: `http://127.0.0.1:${port}/health` }
          : { protocol, host: '127.0.0.1', port };
      points.push(linkPoint(toxiproxy.control, name, kind, region, to, probe));
    }
    return { toxiproxy, points, ports, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const PROTOCOLS = {
  ingress: 'http',
  sync: 'http',
  redis: 'redis',
  primary: 'postgres',
  replication: 'postgres',
  dependency: 'http',
} as const;

const LINKS: [kind: LinkKind, region: string, to: string | null][] = [
  ['ingress', 'near', null],
  ['redis', 'near', null],
  ['primary', 'near', 'near'],
  ['sync', 'near', 'far'],
  ['ingress', 'far', null],
  ['redis', 'far', null],
  ['primary', 'far', 'near'],
  ['replication', 'far', 'near'],
  ['sync', 'far', 'near'],
];

export interface ControlProcess {
  name: string;
  kind: 'api' | 'database' | 'store';
  region: string;
  state: 'running' | 'stopped' | 'frozen' | 'full' | 'paused';
  fault: string | null;
}

/** A server with the control API of a world, which calls `onAct` for every action. */
export async function worldControl(
  processes: ControlProcess[],
  onAct: (name: string, action: string) => void = () => {},
): Promise<AsyncDisposable & { control: string; calls: string[] }> {
  const calls: string[] = [];
  const states: Record<string, ControlProcess['state']> = {
    stop: 'stopped',
    freeze: 'frozen',
    fill: 'full',
    pause: 'paused',
    empty: 'running',
  };
  const server = await httpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const [, , name = '', action = ''] = new URL(request.url!, 'http://x').pathname.split('/');
      const process = processes.find((one) => one.name === name);
      if (request.method === 'GET') {
        response.end(JSON.stringify({ processes }));
        return;
      }
      calls.push(`${name} ${action}`);
      if (!process) {
        response.writeHead(404).end(JSON.stringify({ error: `no process ${name}` }));
        return;
      }
      const { fault } = JSON.parse(body) as { fault: string };
      process.state = action === 'restore' ? 'running' : states[action]!;
      process.fault = action === 'restore' ? null : fault;
      onAct(name, action);
      response.end('{}');
    });
  });
  return {
    control: `http://127.0.0.1:${server.port}`,
    calls,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
