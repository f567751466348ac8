/** Redis and Toxiproxy: a process each. */
import type { Child } from './child.ts';
import type { Children } from './children.ts';
import { Toxiproxy } from '../kit/toxiproxy.ts';
import { onFreePort } from './free-port.ts';

export interface Redis {
  child: Child;
  port: number;
}

/** Starts a Redis without persistence, on this port or a free one; resolves when it accepts connections. */
export function startRedis(children: Children, binary: string, region: string, samePort?: number): Promise<Redis> {
  const start = async (port: number): Promise<Redis> => {
    const child = children.start({
      name: `redis-${region}-${port}`,
      command: binary,
      args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', children.directory]
        // Sessions and a cache need no persistence.
        .concat(['--save', '', '--appendonly', 'no', '--logfile', '', '--daemonize', 'no']),
    });
    // From its log rather than a connection: another process could be listening on that port.
    await child.orStop(child.untilUp(() => child.log().includes('Ready to accept connections'), 5_000));
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
      // At the default level it logs every connection.
      env: { LOG_LEVEL: 'error' },
    });
    const toxiproxy = new Toxiproxy(`http://127.0.0.1:${port}`);
    await child.untilUp(() => toxiproxy.version().then(Boolean, () => false), 5_000);
    child.expectedUp = true;
    return toxiproxy;
  });
}
