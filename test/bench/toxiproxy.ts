import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Toxiproxy } from 'toxiproxy-node-client';

const READY_MS = 10_000;

export interface BenchToxiproxy extends AsyncDisposable {
  url: string;
  pid: number;
  client: Toxiproxy;
  /** Creates a proxy on a free port and returns its address. */
  create(name: string, upstream: string): Promise<string>;
  /** Names of its toxics. */
  toxics(name: string): Promise<string[]>;
}

/** A Toxiproxy that stops with the scope. */
export async function startToxiproxy(binary: string): Promise<BenchToxiproxy> {
  // Port 0 lets the server choose, but only its log shows the port: use one below the ephemeral range.
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(binary, ['-host', '127.0.0.1', '-port', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, LOG_LEVEL: 'error' },
  });
  const client = new Toxiproxy(url);
  for (const deadlineMs = performance.now() + READY_MS; ;) {
    try {
      await client.getVersion();
      break;
    } catch (error) {
      if (performance.now() > deadlineMs || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return {
    url,
    pid: child.pid!,
    client,
    create: async (name, upstream) => (await client.createProxy({ name, listen: '127.0.0.1:0', upstream })).listen,
    async toxics(name) {
      const response = await fetch(`${url}/proxies/${name}/toxics`);
      return ((await response.json()) as { name: string }[]).map((toxic) => toxic.name);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}
