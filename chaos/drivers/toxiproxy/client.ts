/**
 * The client for Toxiproxy: toxiproxy-node-client with our own transport. The package has no deadlines, drops status
 * and text of errors and does not encode names, but it accepts any object with get, post and delete.
 */
import { Proxy as PackageProxy, Toxiproxy } from 'toxiproxy-node-client';
import { brokenError, usageError } from '../../../src/errors.ts';
import type { Toxic } from '../../../src/formats/faults.ts';
import { callControl, isControlError } from '../control-call.ts';
import { checkToxic } from './toxics.ts';

/** A proxy as the server knows it. */
export interface Proxy {
  name: string;
  /** `host:port` that it is bound to. */
  listen: string;
  upstream: string;
  enabled: boolean;
  toxics: Toxic[];
}

export type NewProxy = Omit<Proxy, 'toxics'>;

/** Calls normally take milliseconds; a hanging proxy responds after 25 s, or never. */
const DEADLINE_MS = 2_000;

export interface ToxiproxyClient {
  /** The proxy, or null if there is none of that name. */
  proxy(name: string): Promise<Proxy | null>;
  /** Every proxy. Times out while one of them hangs. */
  proxies(): Promise<Proxy[]>;
  /** Creates a proxy without toxics; false if there is one of that name. */
  createProxy(proxy: NewProxy): Promise<boolean>;
  /** Closes its connections too; false if there was none. */
  deleteProxy(name: string): Promise<boolean>;
  /** Disabling closes all connections and refuses new ones. */
  setEnabled(name: string, enabled: boolean): Promise<void>;
  /** Appends the toxic, after checking that it is safe. */
  addToxic(proxy: string, toxic: Toxic): Promise<void>;
  /** False if there was none. */
  removeToxic(proxy: string, toxic: string): Promise<boolean>;
}

/**
 * A client of the Toxiproxy at this base URL. Every call rejects with a ControlError, at the latest at the deadline.
 */
export function toxiproxyAt(control: string, deadlineMs = DEADLINE_MS): ToxiproxyClient {
  const server = new Toxiproxy(control);
  const call = async (method: string, url: string, body?: unknown): Promise<{ data: unknown }> => {
    const text = await callControl(method, url, deadlineMs, body);
    return { data: text === '' ? undefined : parsed(text, url) };
  };
  const transport = {
    get: (url: string) => call('GET', url),
    post: (url: string, body?: unknown) => call('POST', url, body),
    delete: async (url: string) => void (await call('DELETE', url)),
  };
  server.api = transport as unknown as Toxiproxy['api'];
  const pathOf = (name: string): string => `${control}/proxies/${encoded(name)}`;
  // Objects of the package build paths from their name, so it is encoded.
  const handle = (name: string): PackageProxy =>
    new PackageProxy(server, { name: encoded(name), listen: '', upstream: '', enabled: true, toxics: [] });

  return {
    async proxy(name) {
      // Not through the package, whose proxy drops the toxics.
      const response = await orMissing(transport.get(pathOf(name)));
      return response && proxyIn(response.data, control);
    },
    async proxies() {
      const { data } = await transport.get(`${control}/proxies`);
      return Object.values((data ?? {}) as Record<string, unknown>).map((value) => proxyIn(value, control));
    },
    async createProxy({ name, listen, upstream, enabled }) {
      encoded(name);
      try {
        await server.createProxy({ name, listen, upstream, enabled });
        return true;
      } catch (error) {
        if (isControlError(error, 'status', 409)) return false;
        throw error;
      }
    },
    async deleteProxy(name) {
      return (
        (await orMissing(
          handle(name)
            .remove()
            .then(() => true),
        )) ?? false
      );
    },
    async setEnabled(name, enabled) {
      // PATCH: the package uses POST, which is deprecated and needs the addresses again.
      await call('PATCH', pathOf(name), { enabled });
    },
    async addToxic(proxy, toxic) {
      checkToxic(toxic);
      await handle(proxy).addToxic(toxic);
    },
    async removeToxic(proxy, toxic) {
      return (await orMissing(call('DELETE', `${pathOf(proxy)}/toxics/${encoded(toxic)}`).then(() => true))) ?? false;
    },
  };
}

/** Every proxy of the Toxiproxy at this base URL. */
export const listProxies = (control: string): Promise<Proxy[]> => toxiproxyAt(control).proxies();

/** For a path. The server routes by the decoded path, so a name with a slash has no URL. */
function encoded(name: string): string {
  if (name !== '' && !name.includes('/') && !/^\.\.?$/.test(name)) return encodeURIComponent(name);
  throw usageError({
    what: 'this proxy name cannot be used in a Toxiproxy URL',
    got: `"${name}"`,
    expected: 'a name without a slash',
  });
}

async function orMissing<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isControlError(error, 'status', 404)) return null;
    throw error;
  }
}

const notToxiproxy = (where: string, got: string, cause?: unknown) =>
  brokenError({ what: 'this is not a Toxiproxy', where, got, expected: 'a JSON response of Toxiproxy 2', cause });

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notToxiproxy(url, text.slice(0, 100), error);
  }
}

/** The fields of a proxy that are used here. */
function proxyIn(value: unknown, control: string): Proxy {
  const { name, listen, upstream, enabled, toxics } = (value ?? {}) as Partial<Proxy>;
  if (
    typeof name !== 'string' ||
    typeof listen !== 'string' ||
    typeof upstream !== 'string' ||
    typeof enabled !== 'boolean' ||
    !Array.isArray(toxics)
  )
    throw notToxiproxy(control, (JSON.stringify(value) ?? 'nothing').slice(0, 100));
  return { name, listen, upstream, enabled, toxics };
}
