import { afterEach, beforeEach, expect, test } from 'vitest';
import { leftoversAt } from '../../chaos/undo.ts';
import type { JournalEvent } from '../../src/formats/journal.ts';
import { httpServer, type RegionRig, startRegions, type TestServer } from '../fault-rig.ts';
import { refusedRedis } from '../lifecycle-rig.ts';

// A Toxiproxy that turns wicked while a fault of ours is in it. What single calls do then:
// chaos/drivers/toxiproxy/*.test.ts and chaos/undo.test.ts. Here: how the experiment ends, and that the fault is undone
// as soon as somebody can.

const FOR_MS = 1_000;
/** Less than the harness is patient, and much more. */
const [SHORT_MS, LONG_MS] = [5_000, 300_000];

/** The real one behind a door that we can have answer 500, or nothing. */
interface Door {
  control: string;
  server: TestServer;
  wickedUntilMs: number;
  how: '500' | 'hangs';
}

let regions: RegionRig;
let door: Door;
beforeEach(async () => {
  regions = await startRegions();
  door = await startDoor(regions.toxiproxy.control);
});
afterEach(async () => {
  await door?.server[Symbol.asyncDispose]();
  await regions?.[Symbol.asyncDispose]();
});

async function startDoor(behind: string): Promise<Door> {
  const server = await httpServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += String(chunk)));
    request.on('end', () => {
      if (Date.now() < made.wickedUntilMs) {
        if (made.how === '500') response.writeHead(500).end('{"error":"wicked"}');
        return;
      }
      const { method = 'GET', url = '/' } = request;
      void fetch(behind + url, { method, ...(body ? { body } : {}) }).then(async (answer) =>
        response.writeHead(answer.status).end(await answer.text()),
      );
    });
  });
  const made: Door = { control: `http://127.0.0.1:${server.port}`, server, wickedUntilMs: 0, how: '500' };
  return made;
}

const gone = (events: JournalEvent[]) =>
  events.flatMap((event) => (event.kind === 'fault-gone' ? [{ fault: event.fault, gone: event.gone }] : []));

/** An experiment whose door is wicked for `forMs` from the first event of that kind on. */
const whoseDoorIs = (how: Door['how'], from: JournalEvent['kind'], forMs: number) =>
  refusedRedis(regions, {
    control: door.control,
    forMs: FOR_MS,
    onEvent(event) {
      if (event.kind !== from || door.wickedUntilMs > 0) return;
      door.how = how;
      door.wickedUntilMs = Date.now() + forMs;
    },
  });

test.each(['500', 'hangs'] as const)(
  'that %s for a while at the revert is asked again until it is undone',
  async (how) => {
    await using live = await whoseDoorIs(how, 'fault-revert', SHORT_MS);
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('done');
    expect(gone(live.events)).toEqual([{ fault: 1, gone: true }]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  },
);

test.each(['500', 'hangs'] as const)(
  'that %s for good is called damaged, and the keeper goes on trying',
  async (how) => {
    {
      await using live = await whoseDoorIs(how, 'fault-revert', LONG_MS);
      live.lifecycle.begin(Date.now());
      expect(await live.lifecycle.ended).toBe('damaged');
      expect(live.lifecycle.damaged).toBe(true);
      expect(gone(live.events)).toEqual([{ fault: 1, gone: false }]);
      expect(await leftoversAt(regions.points)).not.toEqual([]);
      door.wickedUntilMs = 1;
    }
    expect(await leftoversAt(regions.points)).toEqual([]);
  },
);

test.each(['500', 'hangs'] as const)(
  'that %s when the fault is to be started has none, and it is no bite',
  async (how) => {
    await using live = await whoseDoorIs(how, 'fault-intent', SHORT_MS);
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('no-bite');
    expect(live.events.filter(({ kind }) => kind === 'fault-bites')).toEqual([]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  },
);

test('that forgets its proxies has no fault any more, but nobody can call the target well', async () => {
  await using live = await refusedRedis(regions, {
    forMs: FOR_MS,
    onEvent: ({ kind }) => kind === 'fault-bites' && void regions.toxiproxy.call('DELETE', '/proxies/redis-far'),
  });
  live.lifecycle.begin(Date.now());
  expect(await live.lifecycle.ended).toBe('damaged');
  expect(gone(live.events)).toEqual([{ fault: 1, gone: false }]);
  expect(await regions.toxiproxy.state('redis-far')).toBeNull();
});
