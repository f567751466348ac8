import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunningWorld } from '../../src/run/world.ts';
import { database, underTest } from '../world-under-test.ts';
import { processTree, stillRunning } from '../process-tree.ts';
import { FAULT, REGIONS, eventually, read, setProxy, version, worldWith, write } from '../world-rig.ts';

/** Waits until every region writes in the second epoch and reads its writes. */
async function untilPromoted(world: RunningWorld, regions = REGIONS): Promise<void> {
  for (const id of regions) {
    await eventually(async () => {
      const { status, headers } = await write(world, id);
      expect([id, status, headers['x-epoch']]).toEqual([id, 200, '2']);
    });
  }
  const last = version(await write(world, regions[0]!));
  for (const id of regions) await eventually(async () => expect(version(await read(world, id))).toBe(last));
}

describe('a promotion', () => {
  it('fences a primary that is still alive behind cut links, and its writes are refused afterwards', async () => {
    await using world = await worldWith(null);
    const { truth } = underTest(world.file);
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, false);
    await untilPromoted(world);
    expect(await truth('fenced', 'us-east-1')).toHaveLength(1);
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, true);
    await eventually(async () => {
      await using old = await database(world.file.regions[0]!.postgresUrl!);
      await expect(old.query('DELETE FROM products WHERE id = 100060')).rejects.toThrow(/read-only/);
    });
    await untilPromoted(world);
    const tree = processTree(world.file.pid);
    await world.stop();
    expect(stillRunning(tree)).toEqual([]);
  });

  it('does not happen if only one region cannot reach the primary', async () => {
    await using world = await worldWith(null);
    const { truth } = underTest(world.file);
    await setProxy(world, 'primary-ap-southeast-1', false);
    const untilMs = performance.now() + 8_000;
    while (performance.now() < untilMs) {
      expect((await write(world, 'eu-west-1')).headers['x-epoch']).toBe('1');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(await truth('promoted', 'eu-west-1')).toEqual([]);
  });

  it('lets no pending write of a frozen primary through', async () => {
    await using world = await worldWith(null);
    const { act, process: processOf } = underTest(world.file);
    await act('database-us-east-1', 'freeze', FAULT);
    const begun = write(world, 'us-east-1', 100_061).catch(() => null);
    await untilPromoted(world);
    await act('database-us-east-1', 'restore');
    expect(await processOf('database-us-east-1')).toMatchObject({ state: 'running', fault: null });
    expect((await begun)?.status).toBe(503);
    await using old = await database(world.file.regions[0]!.postgresUrl!);
    const { rows } = await old.query('SELECT version, pg_is_in_recovery() AS fenced FROM products WHERE id = 100061');
    expect(rows).toEqual([{ version: 1, fenced: true }]);
    await untilPromoted(world);
  });

  it('survives the loss of the whole region, which then serves from the new primary', async () => {
    await using world = await worldWith(null);
    const { act } = underTest(world.file);
    const lost = ['api', 'database', 'store'].map((kind) => `${kind}-us-east-1`);
    for (const name of lost) await act(name, 'freeze', FAULT);
    await untilPromoted(world, REGIONS.slice(1));
    for (const name of lost) await act(name, 'restore');
    await untilPromoted(world);
    expect((await read(world, 'us-east-1')).headers['x-data-source']).toBe('primary');
  });

  it('gets WAL of the old primary that only the other replica has', async () => {
    await using world = await worldWith(null);
    const { truth } = underTest(world.file);
    await setProxy(world, 'replication-eu-west-1', false);
    let last = 0;
    for (let i = 0; i < 5; i++) last = version(await write(world, 'us-east-1', 100_062));
    await eventually(async () => expect(version(await read(world, 'ap-southeast-1', 100_062))).toBe(last));
    for (const id of REGIONS) await setProxy(world, `primary-${id}`, false);
    await untilPromoted(world);
    expect(await truth('caught-up', 'eu-west-1')).toHaveLength(1);
    for (const id of REGIONS) expect(version(await read(world, id, 100_062))).toBe(last);
  });

  it('leaves nothing behind when the main process is killed afterwards, or during it', async () => {
    for (const moment of ['promoted', 'primary-down']) {
      await using world = await worldWith(null);
      const { act, truth } = underTest(world.file);
      await act('database-us-east-1', 'stop', FAULT);
      const region = moment === 'promoted' ? 'eu-west-1' : 'us-east-1';
      await eventually(async () => expect(await truth(moment, region)).toHaveLength(1));
      const tree = processTree(world.file.pid);
      process.kill(world.file.pid, 'SIGKILL');
      await world.lost;
      await eventually(() => expect(stillRunning(tree)).toEqual([]));
      await eventually(() => expect(existsSync(dirname(world.worldFilePath))).toBe(false));
    }
  });
});
