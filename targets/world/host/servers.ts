/** Redis and Toxiproxy: a process each. */
import type { Child } from './child.ts';
import type { Children } from './children.ts';
import { Toxiproxy } from '../kit/toxiproxy.ts';
import { onFreePort } from './free-port.ts';

export interface Redis {
  child: Child;
  port: number;
}

/** A Redis that keeps nothing on disk, on this port or a free one; resolves when it accepts connections. */
export function startRedis(children: Children, binary: string, region: string, samePort?: number): Promise<Redis> {
  const start = async (port: number): Promise<Redis> => {
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

export function startToxiproxy(children: Children, binary: string): Promise<Toxiproxy> {
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
