import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ResolvedName } from '../formats/journal.ts';
import type { LaneAddresses } from '../formats/lanes.ts';
import type { Upstream } from './upstreams.ts';
import { askResolver, familyThatAnswers, followNames, resolvedNames } from './names.ts';

const upstream = (host: string, port: number, addresses: string[], isAsked = true): Upstream => ({
  url: `http://${host}:${port}`,
  host,
  addresses,
  port,
  isAsked,
  isDirect: true,
});

describe('askResolver', () => {
  it.each(['localhost', 'LOCALHOST.', 'api.localhost'])('knows both loopback addresses of %s', async (host) => {
    expect(await askResolver(host)).toEqual(expect.arrayContaining(['127.0.0.1', '::1']));
  });

  it('rejects with the code of the resolver', async () => {
    await expect(askResolver('nobody.invalid.')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  });
});

describe('familyThatAnswers', () => {
  it('is IPv4, unless only IPv6 answers', async () => {
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      expect(await familyThatAnswers(['127.0.0.1', '::1'], port)).toEqual(['::1']);
      expect(await familyThatAnswers(['127.0.0.1', '127.0.0.2'], port)).toEqual(['127.0.0.1', '127.0.0.2']);
    } finally {
      server.close();
    }
    await once(server, 'close');
    expect(await familyThatAnswers(['127.0.0.1', '::1'], port)).toEqual(['127.0.0.1']);
  });
});

describe('followNames', () => {
  const regions = [
    upstream('a.example.test', 80, ['192.0.2.1', '192.0.2.2']),
    upstream('a.example.test', 81, ['192.0.2.1', '192.0.2.2']),
    upstream('b.example.test', 80, ['192.0.2.9'], false),
  ];

  it('asks again by TTL, and tells lanes and journal only what has changed', async () => {
    const says = [['192.0.2.2', '192.0.2.1'], ['192.0.2.3', '2001:db8::3'], new Error('ESERVFAIL'), ['192.0.2.3']];
    const asked: string[] = [];
    const led: LaneAddresses[] = [];
    const changes: ResolvedName[][] = [];
    const following = followNames({
      upstreams: { regions, edge: null },
      ttlSeconds: 0,
      lead: (to) => led.push(to),
      changed: (names) => changes.push(names),
      ask: (host) => {
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

  it('has nothing to do where nobody was asked', () => {
    const upstreams = { regions: regions.slice(2), edge: null };
    expect(resolvedNames(upstreams)).toEqual([]);
    const never = (): never => {
      throw new Error('asked');
    };
    followNames({ upstreams, ttlSeconds: 0, lead: never, changed: never, ask: never }).stop();
  });
});
