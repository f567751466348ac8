import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultName } from '../../../src/formats/faults.ts';
import { FAULT_ID } from '../../../test/fault-rig.ts';
import { FOREIGN, hows, outcome, type ProxyRig, REFUSED, RESET, SLOW, startProxyRig } from '../../../test/proxy-rig.ts';
import { probe } from '../../probe.ts';
import { startAll, stopAll } from '../../undo.ts';
import { toxiproxyAt } from './client.ts';
import { replaceProxy } from './revert.ts';
import { markerOf, toxicOf } from './toxics.ts';

const NEVER = new AbortController().signal;

let rig: ProxyRig;
beforeAll(async () => void (rig = await startProxyRig()));
afterAll(() => rig?.[Symbol.asyncDispose]());

describe('a fault on a proxy', () => {
  it.each([
    ['slow', SLOW, true],
    ['refused', REFUSED, false],
    ['reset', RESET, true],
  ] as const)('is there after its start and gone without a trace after its stop: %s', async (_, change, enabled) => {
    const { name, point, undo } = await rig.link(change);
    const before = await rig.toxiproxy.state(name);
    await startAll([undo], NEVER);
    const broken = (await rig.toxiproxy.state(name))!;
    expect(broken.enabled).toBe(enabled);
    expect(broken.toxics.length).toBeGreaterThan(0);
    expect(broken.toxics.every((toxic) => toxic.name.startsWith(faultName(FAULT_ID)))).toBe(true);
    expect(await hows([undo])).toEqual(['undone']);
    expect(await rig.toxiproxy.state(name)).toEqual(before);
    expect(await outcome(point)).toBe('answered');
  });

  it('is stopped twice as well as once, and by two at the same time', async () => {
    const { point, undo } = await rig.link(REFUSED);
    await startAll([undo], NEVER);
    const both = await Promise.all([hows([undo]), hows([undo])]);
    expect(both.flat()).toContain('undone');
    expect(await hows([undo])).toEqual(['clean']);
    expect(await outcome(point)).toBe('answered');
  });

  it('puts latency before shapers, whatever order it was written in', async () => {
    const { name, undo } = await rig.link({
      toxics: [{ type: 'bandwidth', stream: 'downstream', attributes: { rate: 100 } }, ...SLOW.toxics],
      switch: 'none',
    });
    await startAll([undo], NEVER);
    expect((await rig.toxiproxy.state(name))!.toxics.map(({ type }) => type)).toEqual(['latency', 'bandwidth']);
    await stopAll([undo]);
  });

  it('is undone from any half of a start', async () => {
    for (const steps of [0, 1, 2]) {
      const { name, point, undo } = await rig.link(REFUSED);
      if (steps > 0) await rig.add(name, markerOf(FAULT_ID));
      if (steps > 1) await rig.toxiproxy.call('PATCH', `/proxies/${name}`, { enabled: false });
      expect(await hows([undo])).toEqual([steps === 0 ? 'clean' : 'undone']);
      expect(await rig.toxiproxy.state(name)).toMatchObject({ enabled: true, toxics: [] });
      expect(await outcome(point)).toBe('answered');
    }
  });

  it('has a marker that changes nothing for clients', async () => {
    const { name, port, point } = await rig.link(REFUSED);
    await rig.add(name, markerOf(FAULT_ID));
    const before = await probe({ protocol: 'http', url: `http://127.0.0.1:${port}/` }, 3_000);
    expect(before.outcome).toBe('answered');
    expect(await outcome(point)).toBe('answered');
  });

  it('leaves the toxics of other users and of other faults', async () => {
    const { name, undo } = await rig.link(SLOW);
    const others = toxicOf(
      { ...FAULT_ID, number: 2 },
      { type: 'timeout', stream: 'upstream', attributes: { timeout: 9_000 } },
    );
    await rig.add(name, FOREIGN);
    await rig.add(name, others);
    await startAll([undo], NEVER);
    expect(await rig.toxicNames(name)).toHaveLength(3);
    await stopAll([undo]);
    expect(await rig.toxicNames(name)).toEqual([FOREIGN.name, others.name].toSorted());
  });

  it('does not enable a proxy that somebody else has disabled', async () => {
    const { name, undo } = await rig.link(REFUSED);
    await rig.toxiproxy.call('PATCH', `/proxies/${name}`, { enabled: false });
    await expect(startAll([undo], NEVER)).rejects.toThrow('is already disabled');
    expect(await hows([undo])).toEqual(['clean']);
    expect((await rig.toxiproxy.state(name))!.enabled).toBe(false);
  });

  it('is moot if the proxy was deleted, which stays deleted', async () => {
    const { name, undo } = await rig.link(SLOW);
    await startAll([undo], NEVER);
    await rig.toxiproxy.call('DELETE', `/proxies/${name}`);
    expect(await hows([undo])).toEqual(['moot']);
    expect(await rig.toxiproxy.state(name)).toBeNull();
  });
});

describe('a recreated proxy', () => {
  it('keeps the toxics of others, without ours', async () => {
    const { name, point, undo } = await rig.link(SLOW);
    await rig.add(name, FOREIGN);
    await startAll([undo], NEVER);
    expect(await replaceProxy(undo, await toxiproxyAt(rig.toxiproxy.control).proxy(name))).toBe('undone');
    expect(await rig.toxiproxy.state(name)).toMatchObject({
      enabled: true,
      listen: undo.listen,
      toxics: [{ name: FOREIGN.name }],
    });
    expect(await outcome(point)).toBe('answered');
    expect(await rig.standIns()).toEqual([]);
  });

  it('is enabled again if Antipode had disabled it', async () => {
    const { name, undo } = await rig.link(REFUSED);
    await startAll([undo], NEVER);
    expect(await replaceProxy(undo, await toxiproxyAt(rig.toxiproxy.control).proxy(name))).toBe('undone');
    expect(await rig.toxiproxy.state(name)).toMatchObject({ enabled: true, toxics: [] });
  });
});
