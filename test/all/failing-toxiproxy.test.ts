import { afterEach, beforeEach, expect, test } from 'vitest';
import { leftoversAt } from '../../chaos/undo.ts';
import type { JournalEvent } from '../../src/formats/journal.ts';
import { httpServer, type RegionRig, startRegions, type TestServer } from '../fault-rig.ts';
import { refusedRedis } from '../lifecycle-rig.ts';

// A Toxiproxy that fails while it carries a fault. Single calls are tested in chaos/drivers/toxiproxy/*.test.ts and
// chaos/undo.test.ts. Here: how the experiment ends, and that the fault is undone as soon as possible.

const FOR_MS = 1_000;
/** Less than the timeout of the harness, and much more. */
const [SHORT_MS, LONG_MS] = [5_000, 300_000];

/** A real Toxiproxy behind a gateway that can be made to respond with 500, or to hang. */
interface Gateway {
  control: string;
  server: TestServer;
  failsUntilMs: number;
  how: '500' | 'hangs';
}

let regions: RegionRig;
let gateway: Gateway;
beforeEach(async () => {
  regions = await startRegions();
  gateway = await startGateway(regions.toxiproxy.control);
});
afterEach(async () => {
  await gateway?.server[Symbol.asyncDispose]();
  await regions?.[Symbol.asyncDispose]();
});

async function startGateway(behind: string): Promise<Gateway> {
  const server = await httpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += String(chunk)));
    request.on('end', () => {
      if (Date.now() < made.failsUntilMs) {
        if (made.how === '500') response.writeHead(500).end('{"error":"failing on purpose"}');
        return;
      }
      const { method = 'GET', url = '/' } = request;
      void fetch(behind + url, { method, ...(body ? { body } : {}) }).then(async (reply) =>
        response.writeHead(reply.status).end(await reply.text()),
      );
    });
  });
  const made: Gateway = { control: `http://127.0.0.1:${server.port}`, server, failsUntilMs: 0, how: '500' };
  return made;
}

const gone = (events: JournalEvent[]) =>
  events.flatMap((event) => (event.kind === 'fault-gone' ? [{ fault: event.fault, gone: event.gone }] : []));

/** An experiment whose gateway fails for `forMs` from the first event of this kind on. */
const withFailingGateway = (how: Gateway['how'], from: JournalEvent['kind'], forMs: number) =>
  refusedRedis(regions, {
    control: gateway.control,
    forMs: FOR_MS,
    onEvent(event) {
      if (event.kind !== from || gateway.failsUntilMs > 0) return;
      gateway.how = how;
      gateway.failsUntilMs = Date.now() + forMs;
    },
  });

test.each(['500', 'hangs'] as const)(
  'a Toxiproxy that %s temporarily during the revert is retried until the fault is undone',
  async (how) => {
    await using live = await withFailingGateway(how, 'fault-revert', SHORT_MS);
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('done');
    expect(gone(live.events)).toEqual([{ fault: 1, gone: true }]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  },
);

test.each(['500', 'hangs'] as const)(
  'a Toxiproxy that %s permanently is reported as damaged, and the keeper keeps retrying',
  async (how) => {
    {
      await using live = await withFailingGateway(how, 'fault-revert', LONG_MS);
      live.lifecycle.begin(Date.now());
      expect(await live.lifecycle.ended).toBe('damaged');
      expect(live.lifecycle.damaged).toBe(true);
      expect(gone(live.events)).toEqual([{ fault: 1, gone: false }]);
      expect(await leftoversAt(regions.points)).not.toEqual([]);
      gateway.failsUntilMs = 1;
    }
    expect(await leftoversAt(regions.points)).toEqual([]);
  },
);

test.each(['500', 'hangs'] as const)(
  'a Toxiproxy that %s at the start of the fault gets no fault: no-effect',
  async (how) => {
    await using live = await withFailingGateway(how, 'fault-intent', SHORT_MS);
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('no-effect');
    expect(live.events.filter(({ kind }) => kind === 'fault-bites')).toEqual([]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  },
);

test('a Toxiproxy that has lost its proxies has no fault any more, but the target cannot be verified as healthy', async () => {
  await using live = await refusedRedis(regions, {
    forMs: FOR_MS,
    onEvent: ({ kind }) => kind === 'fault-bites' && void regions.toxiproxy.call('DELETE', '/proxies/redis-far'),
  });
  live.lifecycle.begin(Date.now());
  expect(await live.lifecycle.ended).toBe('damaged');
  expect(gone(live.events)).toEqual([{ fault: 1, gone: false }]);
  expect(await regions.toxiproxy.state('redis-far')).toBeNull();
});
