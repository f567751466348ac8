/** A small target behind a real Toxiproxy, and experiments on it that are as short as possible. */
import { createServer as createHttpServer, request as requestHttp } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { stringify } from 'yaml';
import type { Finished } from './antipode.ts';
import { startToxiproxy, type ToxiproxyRig } from './fault-rig.ts';
import { NAME, type OwnRun, type OwnSystem, ownSystem } from './own-system.ts';
import { written } from './tls-server.ts';

export const REGION = 'us-east-1';

export interface FaultyRun extends OwnRun {
  /** The links of the only Toxiproxy, and its control URL if not the direct one. */
  links: Record<string, unknown>[];
  control?: string;
  fault: Record<string, unknown>;
  /** Duration in seconds; three by default. */
  forSeconds?: number;
}

export interface FaultySystem extends AsyncDisposable {
  system: OwnSystem;
  toxiproxy: ToxiproxyRig;
  /** `chaos` by default, or `plan`. */
  run(given: FaultyRun): Promise<Finished>;
  /** A TCP server that accepts each connection before it dials the port, like a container's mapped port. */
  forwarder(port: number): Promise<number>;
  /** A control URL like a container's: it reports that the proxy on `port` listens on `says`. */
  controlThatSays(port: number, says: string): Promise<string>;
  /**
   * A gateway that sends requests for one path to the proxy, and all others to the server; 502 if there is no response.
   */
  gateway(path: string, proxyPort: number, serverPort: number): Promise<number>;
}

/** Everything is on loopback and stops with the scope. */
export async function faultySystem(): Promise<FaultySystem> {
  const system = await ownSystem();
  const toxiproxy = await startToxiproxy();
  const forwarders: Server[] = [];
  let experiments = 0;
  return {
    system,
    toxiproxy,
    async run({
      links,
      control = toxiproxy.control,
      fault,
      forSeconds = 3,
      target,
      flags = [],
      command = 'chaos',
      ...given
    }) {
      experiments += 1;
      const file = await written(
        system.folder,
        `experiment-${experiments}.yaml`,
        stringify({
          title: 'Something of our own breaks',
          hypothesis: 'Nobody minds.',
          profile: 'given',
          baselineSeconds: 5,
          settleSeconds: 1,
          recoverySeconds: 5,
          faults: [{ forSeconds, ...fault }],
          blastRadius: { requestShare: 1, seconds: forSeconds },
        }),
      );
      const toxiproxies = [{ control, links }];
      const named = command === 'plan' ? ['--experiment', file] : [file];
      return system.run({ ...given, command, target: { toxiproxies, ...target }, flags: [...named, ...flags] });
    },
    async forwarder(port) {
      const server = createServer((socket) => {
        const far = connect({ host: '127.0.0.1', port });
        for (const [one, other] of [
          [socket, far],
          [far, socket],
        ] as const) {
          one.on('error', () => other.destroy()).on('close', () => other.destroy());
          one.pipe(other);
        }
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      forwarders.push(server);
      return (server.address() as AddressInfo).port;
    },
    controlThatSays: (port, says) =>
      system
        .serve((request, response) => {
          let body = '';
          request.on('data', (chunk: Buffer) => (body += String(chunk)));
          request.on('end', () => {
            const { method = 'GET', url = '/' } = request;
            void fetch(toxiproxy.control + url, { method, ...(body ? { body } : {}) }).then(async (answer) => {
              const text = (await answer.text()).replaceAll(`"127.0.0.1:${port}"`, `"${says}"`);
              response.writeHead(answer.status).end(text);
            });
          });
        })
        .then((at) => `http://127.0.0.1:${at}`),
    gateway: (path, proxyPort, serverPort) =>
      system.serve((request, response) => {
        const port = request.url === path ? proxyPort : serverPort;
        const { method, url, headers } = request;
        requestHttp({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answer) => {
          response.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(response);
        })
          .on('error', () => response.writeHead(502).end())
          .end();
      }),
    async [Symbol.asyncDispose]() {
      await toxiproxy[Symbol.asyncDispose]();
      for (const server of forwarders) server.close();
      await system[Symbol.asyncDispose]();
    },
  };
}

/** Target keys of a region at this port, with this scheme. */
export const regionAt = (port: number, scheme = 'http'): Record<string, unknown> => ({
  regions: [{ id: REGION, url: `${scheme}://${NAME}:${port}` }],
});

/** A closed port. */
export async function freePort(): Promise<number> {
  const server = createHttpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
