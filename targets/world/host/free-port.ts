import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A free port on 127.0.0.1, for servers that cannot choose one themselves. Another process can take it before the
 * server starts, so callers retry. Below 32768, where the system's range for outgoing connections begins.
 */
async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const server = createServer();
    server.listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no free port between 15000 and 32000 on 127.0.0.1 after 200 tries');
}

/** Calls `start` with a free port; retries twice with another one if the port was taken meanwhile. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (tries === 3 || !/in use/i.test(String(error))) throw error;
    }
  }
}
