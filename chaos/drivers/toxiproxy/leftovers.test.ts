import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultName, type ToxiproxyUndo } from '../../../src/formats/faults.ts';
import { FAULT_ID } from '../../../test/fault-rig.ts';
import { FOREIGN, hows, outcome, type ProxyRig, REFUSED, RESET, SLOW, startProxyRig } from '../../../test/proxy-rig.ts';
import { leftoversAt, startAll, stopAll } from '../../undo.ts';
import { toxicOf } from './toxics.ts';

const NEVER = new AbortController().signal;

let rig: ProxyRig;
beforeAll(async () => void (rig = await startProxyRig()));
afterAll(() => rig?.[Symbol.asyncDispose]());

describe('a fault found by name alone', () => {
  it.each([
    ['slow', SLOW],
    ['refused', REFUSED],
    ['reset', RESET],
  ] as const)('is undone without a journal: %s', async (_, change) => {
    const { name, point, undo } = await rig.link(change);
    await rig.add(name, FOREIGN);
    expect(await leftoversAt([point])).toEqual([]);
    await startAll([undo], NEVER);
    const found = await leftoversAt([point]);
    expect(found).toMatchObject([{ fault: FAULT_ID, proxy: name, listen: undo.listen, upstream: undo.upstream }]);
    await stopAll(found);
    expect(await leftoversAt([point])).toEqual([]);
    expect(await rig.toxiproxy.state(name)).toMatchObject({ enabled: true, toxics: [{ name: FOREIGN.name }] });
  });

  it('is one of several, which are distinguished', async () => {
    const { name, point } = await rig.link(SLOW);
    const second = { ...FAULT_ID, runId: 'another-run' };
    await rig.add(name, toxicOf(FAULT_ID, SLOW.toxics[0]!));
    await rig.add(name, toxicOf(second, { type: 'timeout', stream: 'upstream', attributes: { timeout: 9_000 } }));
    const found = await leftoversAt([point]);
    expect(found.map(({ fault }) => fault.runId).toSorted()).toEqual([FAULT_ID.runId, 'another-run'].toSorted());
    await stopAll(found.filter(({ fault }) => fault.runId === 'another-run'));
    expect(await rig.toxicNames(name)).toEqual([`${faultName(FAULT_ID)}.latency_downstream`]);
  });

  it('is not searched for at other proxies', async () => {
    const { undo } = await rig.link(SLOW);
    const { point } = await rig.link(SLOW);
    await startAll([undo], NEVER);
    expect(await leftoversAt([point])).toEqual([]);
    await stopAll([undo]);
  });
});

describe('a replacement that was cut short', () => {
  const standIn = ({ fault, proxy, listen, upstream }: ToxiproxyUndo) => ({
    name: `${faultName(fault)}.${proxy}`,
    listen,
    upstream,
    enabled: false,
  });

  it.each([
    ['before the proxy was deleted', []],
    ['while it was away', ['DELETE']],
    ['before it was enabled', ['DELETE', 'POST']],
    ['after its connections were closed', ['PATCH']],
  ])('%s is finished by the next one, and found by name', async (_, steps) => {
    const { name, point, undo } = await rig.link(SLOW);
    await rig.toxiproxy.call('POST', '/proxies', standIn(undo));
    if (steps.includes('DELETE')) await rig.toxiproxy.call('DELETE', `/proxies/${name}`);
    if (steps.includes('POST')) await rig.toxiproxy.call('POST', '/proxies', { ...standIn(undo), name });
    if (steps.includes('PATCH')) await rig.toxiproxy.call('PATCH', `/proxies/${name}`, { enabled: false });
    const found = await leftoversAt([point]);
    expect(found).toMatchObject([{ proxy: name, fault: FAULT_ID }]);
    // Whoever lists what there is sees the stand-in alone.
    expect(await leftoversAt([{ ...point, name: standIn(undo).name }])).toEqual(found);
    expect(await hows(found as ToxiproxyUndo[])).toEqual(['undone']);
    expect(await rig.toxiproxy.state(name)).toMatchObject({ enabled: true, listen: undo.listen, toxics: [] });
    expect(await outcome(point)).toBe('answered');
    expect(await leftoversAt([point])).toEqual([]);
  });
});
