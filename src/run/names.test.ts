import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ResolvedName } from '../formats/journal.ts';
import type { LaneAddresses } from '../formats/lanes.ts';
import type { Upstream } from './upstreams.ts';
import { lookUpAddresses, reachableFamily, followNames, resolvedNames } from './names.ts';

const upstream = (host: string, port: number, addresses: string[], isFromDns = true): Upstream => ({
  url: `http://${host}:${port}`,
  host,
  addresses,
  port,
  isFromDns,
  isDirect: true,
});

describe('lookUpAddresses', () => {
  it.each(['localhost', 'LOCALHOST.', 'api.localhost'])('knows both loopback addresses of %s', async (host) => {
    expect(await lookUpAddresses(host)).toEqual(expect.arrayContaining(['127.0.0.1', '::1']));
  });

  it('rejects with the code of the resolver', async () => {
    await expect(lookUpAddresses('nobody.invalid.')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  });
});

describe('reachableFamily', () => {
  it('is IPv4, unless only IPv6 accepts', async () => {
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(await reachableFamily(['127.0.0.1', '::1'], port)).toEqual(['::1']);
      expect(await reachableFamily(['127.0.0.1', '127.0.0.2'], port)).toEqual(['127.0.0.1', '127.0.0.2']);
    } finally {
      server.close();
    }
    await once(server, 'close');
    expect(await reachableFamily(['127.0.0.1', '::1'], port)).toEqual(['127.0.0.1']);
  });
});

describe('followNames', () => {
  const regions = [
    upstream('a.example.test', 80, ['192.0.2.1', '192.0.2.2']),
    upstream('a.example.test', 81, ['192.0.2.1', '192.0.2.2']),
    upstream('b.example.test', 80, ['192.0.2.9'], false),
  ];

  it('resolves again by TTL, and passes only changes to lanes and journal', async () => {
    const says = [['192.0.2.2', '192.0.2.1'], ['192.0.2.3', '2001:db8::3'], new Error('ESERVFAIL'), ['192.0.2.3']];
    const asked: string[] = [];
    const led: LaneAddresses[] = [];
    const changes: ResolvedName[][] = [];
    const following = followNames({
      upstreams: { regions, edge: null },
      ttlSeconds: 0,
      setAddresses: (to) => led.push(to),
      onChange: (names) => changes.push(names),
      lookUp: (host) => {
        asked.push(host);
        const answer = says.shift();
        if (answer instanceof Error) return Promise.reject(answer);
        return answer ? Promise.resolve(answer) : new Promise(() => {});
      },
    });
    try {
      await expect.poll(() => asked.length, { timeout: 15_000, interval: 20 }).toBe(5);
    } finally {
      following.stop();
    }
    const name = 'a.example.test';
    // The order alone is no news; IPv6 beside an IPv4 address that goes on is not taken.
    expect(changes).toEqual([
      [{ name, addresses: ['192.0.2.3'], error: null }],
      [{ name, addresses: ['192.0.2.3'], error: 'Error: ESERVFAIL' }],
      [{ name, addresses: ['192.0.2.3'], error: null }],
    ]);
    expect(led.slice(0, 2)).toEqual([
      { name: 'a.example.test:80', addresses: ['192.0.2.3'] },
      { name: 'a.example.test:81', addresses: ['192.0.2.3'] },
    ]);
    expect(new Set(asked)).toEqual(new Set([name]));
  });

  it('does nothing without names from DNS', () => {
    const upstreams = { regions: regions.slice(2), edge: null };
    expect(resolvedNames(upstreams)).toEqual([]);
    const never = (): never => {
      throw new Error('asked');
    };
    followNames({ upstreams, ttlSeconds: 0, setAddresses: never, onChange: never, lookUp: never }).stop();
  });
});
