import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Address } from '../address.ts';

/**
 * Listens there, or on a free port; returns the port. Free ones are sought below 32768: from there on the system takes
 * ports for outgoing connections, and one that is given up while the process is stopped would be gone when it returns.
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
