/** A real Toxiproxy in front of a small web server, with links for faults. */
import { type FaultPoint, type Toxic, type ToxiproxyUndo } from '../src/formats/faults.ts';
import { type LinkChange, prepareProxies } from '../chaos/drivers/toxiproxy/prepare.ts';
import { probe } from '../chaos/probe.ts';
import { stopAll } from '../chaos/undo.ts';
import { FAULT_ID, httpServer, linkPoint, startToxiproxy, type ToxiproxyRig } from './fault-rig.ts';

/** A toxic of somebody else. */
export const FOREIGN = {
  name: 'theirs',
  type: 'latency',
  stream: 'downstream',
  toxicity: 1,
  attributes: { latency: 1, jitter: 0 },
};
export const SLOW: LinkChange = {
  toxics: [{ type: 'latency', stream: 'downstream', attributes: { latency: 100, jitter: 0 } }],
  switch: 'none',
};
export const REFUSED: LinkChange = { toxics: [], switch: 'disable' };
export const RESET: LinkChange = {
  toxics: [{ type: 'reset_peer', stream: 'upstream', attributes: { timeout: 0 } }],
  switch: 'bounce',
};

export interface Link {
  name: string;
  port: number;
  point: FaultPoint;
  /** The undo data of a fault that was not started yet. */
  undo: ToxiproxyUndo;
}

export interface ProxyRig extends AsyncDisposable {
  toxiproxy: ToxiproxyRig;
  /** A new link, to the web server unless another port is given. */
  link(change: LinkChange, upstreamPort?: number): Promise<Link>;
  add(proxy: string, toxic: object): Promise<unknown>;
  toxicNames(proxy: string): Promise<string[]>;
  /** Names of faults on all proxies; throws if the server does not respond. */
  standIns(): Promise<string[]>;
}

export async function startProxyRig(): Promise<ProxyRig> {
  const [toxiproxy, web] = await Promise.all([startToxiproxy(), httpServer()]);
  let count = 0;
  return {
    toxiproxy,
    async link(change, upstreamPort = web.port) {
      const name = `link-${(count += 1)}`;
      const port = await toxiproxy.proxy(name, upstreamPort);
      const url = `http://127.0.0.1:${port}/`;
      const point = linkPoint(toxiproxy.control, name, 'ingress', 'near', null, { protocol: 'http', url });
      const [undo] = await prepareProxies([point], FAULT_ID, () => change);
      return { name, port, point, undo: undo! };
    },
    add: (proxy, toxic) => toxiproxy.call('POST', `/proxies/${proxy}/toxics`, toxic),
    toxicNames: async (proxy) => (await toxiproxy.state(proxy))!.toxics.map((toxic: Toxic) => toxic.name).toSorted(),
    async standIns() {
      const { text } = await toxiproxy.call('GET', '/proxies');
      return Object.keys(JSON.parse(text) as object).filter((name) => name.startsWith('antipode'));
    },
    async [Symbol.asyncDispose]() {
      await toxiproxy[Symbol.asyncDispose]();
      await web[Symbol.asyncDispose]();
    },
  };
}

/** How each fault was undone. */
export const hows = async (undo: ToxiproxyUndo[]): Promise<string[]> => (await stopAll(undo)).map(({ how }) => how);
export const outcome = async (point: FaultPoint): Promise<string> => (await probe(point.probe, 3_000)).outcome;
