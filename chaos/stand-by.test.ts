import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_ID, httpServer } from '../test/fault-rig.ts';
import { lockHolder } from '../test/lock-holder.ts';
import { FOREIGN, type ProxyRig, SLOW, startProxyRig } from '../test/proxy-rig.ts';
import { lockControls } from './lock.ts';
import type { Controls } from './points.ts';
import { standBy } from './stand-by.ts';
import { startAll } from './undo.ts';

const NEVER = new AbortController().signal;

describe('a keeper that stands by', () => {
  let rig: ProxyRig;
  let controls: Controls;
  beforeAll(async () => {
    rig = await startProxyRig();
    controls = { world: null, toxiproxies: [rig.toxiproxy.control], fis: null };
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  /** Stands by until `during` is over; resolves with the logged lines. */
  async function saidWhile(at: Controls, during: (said: string[]) => Promise<void>): Promise<string[]> {
    const stopping = new AbortController();
    const said: string[] = [];
    const standing = standBy(at, (line) => said.push(line), stopping.signal);
    try {
      await during(said);
    } finally {
      stopping.abort();
      await standing;
    }
    return said;
  }

  it('undoes the faults of a killed run only, and releases its lock', async () => {
    const { name, undo } = await rig.link(SLOW);
    await rig.add(name, FOREIGN);
    using harness = await lockHolder(controls, FAULT_ID.runId);
    const said = await saidWhile(controls, async (lines) => {
      await startAll([undo], NEVER);
      expect(await rig.toxicNames(name)).toHaveLength(2);
      expect(lines).toEqual([]);
      await harness.kill();
      await expect.poll(() => rig.toxicNames(name), { timeout: 10_000 }).toEqual([FOREIGN.name]);
      await expect.poll(() => lines, { timeout: 10_000 }).toHaveLength(1);
    });
    expect(said).toEqual([`${FAULT_ID.runId} has ended: faults undone at ${name}`]);
    (await lockControls(controls, 'next-run'))();
  });

  it('leaves a living run alone while it undoes another', async () => {
    await using gone = await startProxyRig();
    const both = { ...controls, toxiproxies: [rig.toxiproxy.control, gone.toxiproxy.control] };
    const { name, undo } = await rig.link(SLOW);
    const release = await lockControls(controls, FAULT_ID.runId);
    await startAll([undo], NEVER);
    using harness = await lockHolder({ ...controls, toxiproxies: [gone.toxiproxy.control] }, 'another');
    const said = await saidWhile(both, async (lines) => {
      await harness.kill();
      await expect.poll(() => lines, { timeout: 10_000 }).toHaveLength(1);
    });
    release();
    expect(said).toEqual(['another has ended: no fault was left open']);
    expect(await rig.toxicNames(name)).toHaveLength(1);
  });

  it('reports once why it cannot undo, and retries until it can', async () => {
    let asked = 0;
    await using toxiproxy = await httpServer((_, response) => {
      asked += 1;
      response.statusCode = asked > 3 ? 200 : 500;
      response.end('{}');
    });
    const sick: Controls = { ...controls, toxiproxies: [`http://127.0.0.1:${toxiproxy.port}`] };
    using harness = await lockHolder(sick, 'unlucky');
    const said = await saidWhile(sick, async (lines) => {
      await harness.kill();
      await expect.poll(() => lines, { timeout: 15_000 }).toHaveLength(2);
    });
    expect(said).toEqual([
      expect.stringMatching(/^unlucky has ended, and its faults COULD NOT BE UNDONE: /),
      'unlucky has ended: no fault was left open',
    ]);
    (await lockControls(sick, 'next-run'))();
  });
});
