import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RegionRig, startRegions } from '../test/fault-rig.ts';
import { refusedRedis } from '../test/lifecycle-rig.ts';
import { processesNaming } from '../test/process-tree.ts';
import type { JournalEvent } from '../src/formats/journal.ts';
import { leftoversAt } from './undo.ts';

let regions: RegionRig;
beforeAll(async () => (regions = await startRegions()));
afterAll(async () => regions?.[Symbol.asyncDispose]());

const gone = (events: JournalEvent[]) => events.filter(({ kind }) => kind === 'fault-gone');

describe('the life of an experiment', () => {
  it.each(['fault-intent', 'fault-started', 'fault-bites'])(
    'that is interrupted at %s undoes the fault once, and says so',
    async (kind) => {
      await using live = await refusedRedis(regions, {
        onEvent(event, lifecycle) {
          if (event.kind === kind) void lifecycle?.abort('interrupt');
        },
      });
      live.lifecycle.begin(Date.now());
      expect(await live.lifecycle.ended).toBe('aborted');
      expect(gone(live.events)).toMatchObject([{ fault: 1, gone: true }]);
      expect(await leftoversAt(regions.points)).toEqual([]);
    },
    30_000,
  );

  it('that is interrupted before its first fault starts none', async () => {
    await using live = await refusedRedis(regions);
    const begun = live.lifecycle;
    begun.begin(Date.now() + 60_000);
    await begun.abort('interrupt');
    expect(await begun.ended).toBe('aborted');
    expect(live.events.filter(({ kind }) => kind.startsWith('fault-'))).toEqual([]);
  }, 30_000);

  it.each(['fault-intent', 'fault-started', 'fault-bites', 'fault-revert', 'fault-gone'])(
    'whose journal cannot be written from %s on undoes the fault all the same',
    async (kind) => {
      let isFull = false;
      await using live = await refusedRedis(regions, {
        onEvent(event, lifecycle) {
          isFull ||= event.kind === kind;
          if (event.kind === 'fault-bites' && !isFull) void lifecycle?.abort('interrupt');
          if (isFull) throw new Error('no space left on device');
        },
      });
      live.lifecycle.begin(Date.now());
      expect(['no-effect', 'aborted']).toContain(await live.lifecycle.ended);
      expect(live.lifecycle.damaged).toBe(false);
      expect(live.events.filter((event) => event.kind === kind)).toEqual([]);
      expect(await leftoversAt(regions.points)).toEqual([]);
    },
    30_000,
  );

  it('requests its evacuation when the fault is in effect, and undoes it once the fault is cleared', async () => {
    await using shift = await shifting();
    await using live = await refusedRedis(regions, { forMs: 4_000, evacuate: shift.evacuate });
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('done');
    expect(steps(live.events)).toEqual(['fault-bites', 'asked', 'done', 'fault-gone', 'undone']);
    expect(shift.requests).toEqual(['POST /out', 'POST /back']);
  }, 30_000);

  it('that is interrupted during its evacuation aborts it, undoes the fault first and then the evacuation', async () => {
    await using shift = await shifting('/out');
    await using live = await refusedRedis(regions, {
      evacuate: shift.evacuate,
      onEvent(event, lifecycle) {
        // Not before it is requested.
        if (event.kind === 'evacuation' && event.step === 'asked') setTimeout(() => void lifecycle?.abort('interrupt'));
      },
    });
    live.lifecycle.begin(Date.now());
    expect(await live.lifecycle.ended).toBe('aborted');
    expect(steps(live.events).filter((step) => step !== 'done')).toEqual([
      'fault-bites',
      'asked',
      'fault-gone',
      'undone',
    ]);
    expect(live.events).toContainEqual(expect.objectContaining({ step: 'done', ok: false }));
    expect(shift.requests.at(-1)).toBe('POST /back');
    expect(await leftoversAt(regions.points)).toEqual([]);
  }, 30_000);

  it('ends when its keeper does: a fault that nobody would undo is not kept open', async () => {
    await using live = await refusedRedis(regions);
    live.lifecycle.begin(Date.now());
    await expect.poll(() => live.events.some(({ kind }) => kind === 'fault-bites'), { timeout: 15_000 }).toBe(true);
    const [keeper] = processesNaming(join(live.dir, 'keeper.jsonl'));
    process.kill(keeper!.pid, 'SIGKILL');
    expect(await live.lifecycle.ended).toBe('keeper-lost');
    expect(gone(live.events)).toMatchObject([{ gone: true }]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  }, 30_000);
});

/** The journal's events of the fault in effect and cleared and of the evacuation, in order. */
const steps = (events: JournalEvent[]): string[] =>
  events.flatMap((event) =>
    event.kind === 'evacuation' ? [event.step] : ['fault-bites', 'fault-gone'].includes(event.kind) ? [event.kind] : [],
  );

/** A server for an immediate evacuation; a request for `silentAt` never gets a response. */
async function shifting(silentAt?: string) {
  const requests: string[] = [];
  const server = createServer(({ method, url }, reply) => {
    requests.push(`${method} ${url}`);
    if (url !== silentAt) reply.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    requests,
    evacuate: {
      title: `POST ${base}/out`,
      afterMs: 0,
      ask: { url: `${base}/out` },
      undo: { url: `${base}/back` },
      timeoutMs: 20_000,
      regions: ['far'],
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
