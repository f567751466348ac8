import { describe, expect, it } from 'vitest';
import { outlinesOf } from './kit/outline.ts';
import { linkOf, rttMs, serversOf } from './kit/topology.ts';
import { selectWorld } from './kit/world.ts';
import { WORLDS } from './worlds.ts';

describe('the worlds', () => {
  it('are described in worlds.json', async () => {
    await expect(outlinesOf(WORLDS)).toMatchFileSnapshot('./worlds.json');
  });

  it.each(Object.entries(WORLDS))('%s has a complete topology', (_, { topology }) => {
    const { regions, links, probes, primary, successor } = topology;
    const ids = regions.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const a of ids) for (const b of ids) expect(rttMs(topology, a, b) > 0).toBe(a !== b);
    expect([null, ...ids]).toContain(primary);
    expect([null, ...ids]).toContain(successor);
    expect(new Set(links.map(({ proxy }) => proxy)).size).toBe(links.length);
    for (const { proxy, kind, region, to, near, far } of links) {
      expect(linkOf(kind, region, to)).toEqual({ proxy, kind, region, to, near, far });
      const servers = (id: string) => regions.find((one) => one.id === id)?.servers;
      expect(servers(to ?? region)).toContain(far);
      if (near !== 'clients') expect(servers(region)).toContain(near);
    }
    for (const { kind } of serversOf(topology)) expect(probes[kind]).toBeDefined();
  });
});

describe('the options of a world', () => {
  const options = { world: 'active-active', defect: null, speed: 'fast' };
  const deaf = {
    ...WORLDS['active-active']!,
    defects: { deaf: { breaks: 'availability', what: 'it receives nothing' } },
  };

  it('are rejected for an unknown world, with the list of worlds', () => {
    for (const world of ['residancy', 'constructor', undefined])
      expect(() => selectWorld(WORLDS, { ...options, world })).toThrow(
        `unknown world ${JSON.stringify(world)}; expected active-active`,
      );
  });

  it('are rejected for a defect that the world does not have', () => {
    const worlds = { ...WORLDS, deaf };
    expect(selectWorld(worlds, { ...options, world: 'deaf', defect: 'deaf' }).options.defect).toBe('deaf');
    expect(() => selectWorld(worlds, { ...options, world: 'deaf', defect: 'slow-region' })).toThrow(
      'unknown defect "slow-region"; expected deaf',
    );
    expect(() => selectWorld(worlds, { ...options, defect: 'deaf' })).toThrow(
      'unknown defect "deaf"; expected slow-region, ',
    );
  });

  it('are rejected with the name of the wrong setting', () => {
    const settings = { world: 'ANTIPODE_WORLD', defect: 'ANTIPODE_DEFECT', speed: 'ANTIPODE_SPEED' };
    expect(() => selectWorld(WORLDS, { ...options, speed: 'slow' }, settings)).toThrow(
      'unknown ANTIPODE_SPEED "slow"; expected fast, real',
    );
  });
});
