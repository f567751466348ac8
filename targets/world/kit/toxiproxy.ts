/** A client of Toxiproxy's HTTP API. */
import type { Address } from './address.ts';
import { formatAddress } from './address.ts';

interface Proxy {
  listen: string;
}

export class Toxiproxy {
  readonly url: string;
  /** The address that new proxies listen on. */
  private readonly host: string;

  constructor(url: string, host = '127.0.0.1') {
    this.url = url;
    this.host = host;
  }

  async version(): Promise<string> {
    return ((await this.call('/version')) as { version: string }).version;
  }

  /** The port that each proxy listens on, by name. */
  async ports(): Promise<Record<string, number>> {
    const proxies = Object.entries((await this.call('/proxies')) as Record<string, Proxy>);
    return Object.fromEntries(proxies.map(([name, { listen }]) => [name, portIn(listen)]));
  }

  /** Creates a proxy without toxics on a free port, and returns the port. */
  async proxy(name: string, upstream: Address): Promise<number> {
    const body = { name, listen: `${this.host}:0`, upstream: formatAddress(upstream), enabled: true };
    return portIn(((await this.call('/proxies', body)) as Proxy).listen);
  }

  private async call(path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(3_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Toxiproxy ${path} returned status ${response.status}: ${text}`);
    return JSON.parse(text);
  }
}

const portIn = (listen: string): number => Number(listen.split(':').at(-1));
