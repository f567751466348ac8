import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Truth {
  requests: number;
  over120: number;
  stallFromMs: number;
  stallToMs: number;
}

export interface KnownServer extends AsyncDisposable {
  url: string;
  truth(): Promise<Truth>;
  /** Delays every request to /stalls that arrives between `afterMs` from now and `forMs` later. */
  stall(afterMs: number, forMs: number): Promise<void>;
}

/** Starts the server of known latency (known-server.ts) as a process of its own. */
export async function startKnownServer(): Promise<KnownServer> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'known-server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
  return {
    url,
    truth: async () => (await (await fetch(`${url}/truth`)).json()) as Truth,
    stall: async (afterMs, forMs) => {
      await fetch(`${url}/stall?afterMs=${afterMs}&forMs=${forMs}`, { method: 'POST' });
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
