import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Address } from '../address.ts';

/**
 * Listens at this address, or on a free port if its port is 0; returns the port. Free ports are taken below 32768: the
 * system uses higher ones for outgoing connections, and could reuse this port while the process is stopped.
 */
export async function listen(server: Server, { host, port: given }: Address): Promise<number> {
  for (let tries = 0; ; tries++) {
    const port = given || 15_000 + Math.floor(Math.random() * 17_000);
    try {
      server.listen(port, host);
      await once(server, 'listening');
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === 100) throw error;
      if (given) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
