/** Redis and Toxiproxy: a process each, and Toxiproxy's proxies through its HTTP API. */
import type { Child } from './child.ts';
import type { Children } from './children.ts';
import { onFreePort } from './free-port.ts';

export interface Server {
  child: Child;
  port: number;
}

/** A Redis that keeps nothing on disk, on this port or a free one; resolves when it accepts connections. */
export function startRedis(children: Children, binary: string, region: string, samePort?: number): Promise<Server> {
  const start = async (port: number): Promise<Server> => {
    const child = children.start({
      name: `redis-${region}-${port}`,
      command: binary,
      args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', children.directory]
        // Sessions and a cache: memory is where they live and die.
        .concat(['--save', '', '--appendonly', 'no', '--logfile', '', '--daemonize', 'no']),
    });
    // Its own word, not a connection: only this says that it is ours that listens.
    await child.orEnd(child.untilUp(() => child.log().includes('Ready to accept connections'), 5_000));
    child.expectedUp = true;
    return { child, port };
  };
  return samePort === undefined ? onFreePort(start) : start(samePort);
}

export class Toxiproxy {
  readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  static start(children: Children, binary: string): Promise<Toxiproxy> {
    return onFreePort(async (port) => {
      const child = children.start({
        name: `toxiproxy-${port}`,
        command: binary,
        args: ['-host', '127.0.0.1', '-port', String(port)],
        // At its usual level it writes a line per connection.
        env: { LOG_LEVEL: 'error' },
      });
      const toxiproxy = new Toxiproxy(`http://127.0.0.1:${port}`);
      await child.untilUp(() => toxiproxy.version().then(Boolean, () => false), 5_000);
      child.expectedUp = true;
      return toxiproxy;
    });
  }

  async version(): Promise<string> {
    return ((await this.call('/version')) as { version: string }).version;
  }

  /** Makes a proxy without toxics and returns the port it listens on. */
  async proxy(name: string, upstreamPort: number): Promise<number> {
    const body = { name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstreamPort}`, enabled: true };
    const { listen } = (await this.call('/proxies', body)) as { listen: string };
    return Number(listen.split(':').at(-1));
  }

  private async call(path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(3_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Toxiproxy ${path} answers ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}
