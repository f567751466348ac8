import { describe, expect, it } from 'vitest';
import { outlinesOf } from './kit/outline.ts';
import { linkOf, rttMs, serversOf } from './kit/topology.ts';
import { choose } from './kit/world.ts';
import { WORLDS } from './worlds.ts';

describe('the worlds', () => {
  it('are in worlds.json as they are here', async () => {
    await expect(outlinesOf(WORLDS)).toMatchFileSnapshot('./worlds.json');
  });

  it.each(Object.entries(WORLDS))('%s has a topology without a gap', (_, { topology }) => {
    const { regions, links, looks, primary, successor } = topology;
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
    for (const { kind } of serversOf(topology)) expect(looks[kind]).toBeDefined();
  });
});

describe('what is asked of a world', () => {
  const asked = { world: 'active-active', defect: null, speed: 'fast' };
  const deaf = { ...WORLDS['active-active']!, defects: { deaf: { breaks: 'good', what: 'it hears nothing' } } };

  it('is refused with the worlds there are where there is no such one', () => {
    for (const world of ['residancy', 'constructor', undefined])
      expect(() => choose(WORLDS, { ...asked, world })).toThrow(
        `unknown world ${JSON.stringify(world)}; there is active-active`,
      );
  });

  it('is refused where the defect is none of its own', () => {
    const worlds = { ...WORLDS, deaf };
    expect(choose(worlds, { ...asked, world: 'deaf', defect: 'deaf' }).wishes.defect).toBe('deaf');
    expect(() => choose(worlds, { ...asked, world: 'deaf', defect: 'slow-region' })).toThrow(
      'unknown defect "slow-region"; there is deaf',
    );
    expect(() => choose(worlds, { ...asked, defect: 'deaf' })).toThrow('unknown defect "deaf"; there is slow-region, ');
  });

  it('names the setting that is wrong', () => {
    const settings = { world: 'ANTIPODE_WORLD', defect: 'ANTIPODE_DEFECT', speed: 'ANTIPODE_SPEED' };
    expect(() => choose(WORLDS, { ...asked, speed: 'slow' }, settings)).toThrow(
      'unknown ANTIPODE_SPEED "slow"; there is fast, real',
    );
  });
});
