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
      expect(['no-bite', 'aborted']).toContain(await live.lifecycle.ended);
      expect(live.lifecycle.damaged).toBe(false);
      expect(live.events.filter((event) => event.kind === kind)).toEqual([]);
      expect(await leftoversAt(regions.points)).toEqual([]);
    },
    30_000,
  );

  it('ends when its keeper does: a fault that nobody would undo is not kept open', async () => {
    await using live = await refusedRedis(regions);
    live.lifecycle.begin(Date.now());
    await expect.poll(() => live.events.some(({ kind }) => kind === 'fault-bites'), { timeout: 15_000 }).toBe(true);
    const [keeper] = processesNaming(join(live.dir, 'keeper.jsonl'));
    process.kill(keeper!.pid, 'SIGKILL');
    expect(await live.lifecycle.ended).toBe('unkept');
    expect(gone(live.events)).toMatchObject([{ gone: true }]);
    expect(await leftoversAt(regions.points)).toEqual([]);
  }, 30_000);
});
