import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpServer, startToxiproxy, type TestServer, type ToxiproxyRig } from '../test/fault-rig.ts';
import type { TargetLink } from '../src/config/types.ts';
import type { PlanExperiment } from '../src/formats/faults.ts';
import { checkIngress, refuseBypasses } from './ingress-check.ts';
import type { OwnLinks } from './points.ts';

let toxiproxy: ToxiproxyRig;
let server: TestServer;
let port: number;
beforeAll(async () => {
  [toxiproxy, server] = await Promise.all([startToxiproxy(), httpServer()]);
  port = await toxiproxy.proxy('front', server.port);
});
afterAll(async () => {
  await toxiproxy?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const NO_PROBE = { protocol: null, path: null, expect: null, tls: null, serverName: null, caFile: null };
const link = (proxy: string, change: Partial<TargetLink> = {}): TargetLink => ({
  proxy,
  kind: 'ingress',
  region: 'far',
  to: null,
  name: null,
  reachedAt: null,
  probe: NO_PROBE,
  ...change,
});

interface Case {
  url: string;
  links?: TargetLink[];
  resolve?: Record<string, string>;
  control?: string;
  hurts?: string[];
}

async function check({
  url,
  links = [link('front')],
  resolve = {},
  control = toxiproxy.control,
  hurts = ['far'],
}: Case) {
  const own: OwnLinks = {
    name: 'own',
    toxiproxies: [{ control, links }],
    regions: [
      { id: 'near', city: null, url: 'http://127.0.0.1:1', replica: false },
      { id: 'far', city: null, url, replica: false },
    ],
    tls: { caFile: null, certFile: null, keyFile: null },
    resolve: Object.fromEntries(Object.entries(resolve).map(([name, address]) => [name, [address]])),
  };
  const sites = links.map(({ proxy }) => ({
    driver: 'toxiproxy',
    name: proxy,
    kind: 'ingress',
    region: 'far',
    to: null,
    control,
  }));
  const faults = [{ sites, ...(hurts.length > 0 ? { hurts: { regions: hurts, share: 1, slowerByMs: null } } : {}) }];
  return checkIngress({ faults } as unknown as PlanExperiment, own);
}

describe('the path from clients to an ingress proxy', () => {
  it.each<[string, () => Case]>([
    ['by its address', () => ({ url: `http://127.0.0.1:${port}/v1` })],
    ['by a name that this machine knows', () => ({ url: `http://localhost:${port}` })],
    [
      'by a name that the target resolves',
      () => ({ url: `http://far.test:${port}`, resolve: { 'far.test': '127.0.0.1' } }),
    ],
    [
      'by the default port of its scheme',
      () => ({ url: 'https://192.0.2.7', links: [link('front', { reachedAt: { host: '192.0.2.7', port: 443 } })] }),
    ],
    [
      'by one of two proxies',
      () => ({
        url: `http://127.0.0.1:${port}`,
        links: [link('front', { reachedAt: { host: '::1', port: 9 } }), link('front')],
      }),
    ],
  ])('goes through it %s', async (_, given) => {
    const found = await check(given());
    expect(found.bypasses).toEqual([]);
    expect(found.lines).toEqual([expect.stringMatching(/^far: http.* goes through proxy front of http/)]);
  });

  it.each<[string, () => Case]>([
    ['another port', () => ({ url: `http://127.0.0.1:${server.port}` })],
    ['another address', () => ({ url: `http://127.0.0.2:${port}` })],
    ['another address by name', () => ({ url: `http://far.test:${port}`, resolve: { 'far.test': '192.0.2.9' } })],
    [
      'another place than where the link says it is reached',
      () => ({
        url: `http://127.0.0.1:${port}`,
        links: [link('front', { reachedAt: { host: '127.0.0.1', port: 9 } })],
      }),
    ],
  ])('bypasses it to %s', async (_, given) => {
    const found = await check(given());
    expect(found.bypasses).toMatchObject([{ region: 1 }]);
    expect(() => refuseBypasses(found, (region) => `target.yaml:${region}:1`)).toThrow(
      /^target\.yaml:1:1: clients of far bypass its ingress proxy/,
    );
  });

  it('is unknown if Toxiproxy is unreachable, the proxy does not exist, or the name does not resolve', async () => {
    const silent = await check({ url: 'http://127.0.0.1:1', control: 'http://127.0.0.1:1' });
    expect(silent).toMatchObject({
      bypasses: [],
      lines: [expect.stringContaining('http://127.0.0.1:1 is unreachable'), expect.any(String)],
    });
    expect(await check({ url: 'http://127.0.0.1:1', links: [link('nobody')] })).toMatchObject({ bypasses: [] });
    const nameless = await check({ url: 'http://no-such-host.invalid' });
    expect(nameless).toEqual({ bypasses: [], lines: [expect.stringContaining('does not resolve')] });
  });

  it('does not matter for faults that promise nothing to clients, and in other regions', async () => {
    expect(await check({ url: 'http://127.0.0.1:1', hurts: [] })).toEqual({ bypasses: [], lines: [] });
    expect((await check({ url: 'http://127.0.0.1:1', hurts: ['mars'] })).bypasses).toEqual([]);
  });
});
