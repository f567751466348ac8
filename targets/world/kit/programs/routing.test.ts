import { describe, expect, it } from 'vitest';
import { CITIES } from '../../../../src/geo/atlas.ts';
import { roundTripMs } from '../../../../src/geo/round-trip.ts';
import { REGIONS } from '../../active-active/regions.ts';
import { InService, resolve } from './routing.ts';

describe('routing', () => {
  it('sends every city of the atlas to the region that the harness calls its home', () => {
    for (const { id, lat, lon } of CITIES) {
      const roundTrips = REGIONS.map((region) => roundTripMs(id, region.id).ms);
      const home = REGIONS[roundTrips.indexOf(Math.min(...roundTrips))]!.id;
      expect(`${id} -> ${resolve(id, lat, lon, null)}`).toBe(`${id} -> ${home}`);
    }
  });

  it('finds the nearest region across the date line and over the pole', () => {
    expect(resolve('apia', -13.83, -171.77, null)).toBe('ap-southeast-1');
    expect(resolve('longyearbyen', 78.22, 15.65, null)).toBe('eu-west-1');
  });

  it('sends Tokyo, and nobody else, to Virginia where that is planted', () => {
    expect(resolve('tokyo', 35.69, 139.75, 'wrong-region')).toBe('us-east-1');
    expect(resolve('osaka', 34.75, 135.46, 'wrong-region')).toBe('ap-southeast-1');
  });

  it('sends all of Asia, and nobody else, to Dublin where that is planted', () => {
    expect(resolve('tokyo', 35.69, 139.75, 'silent-region')).toBe('eu-west-1');
    expect(resolve('boston', 42.33, -71.07, 'silent-region')).toBe('us-east-1');
  });
});

describe('what health checks do to the answers', () => {
  it('sends every city of the atlas to the nearest of the regions that are left', () => {
    for (const lost of REGIONS) {
      const left = REGIONS.filter((region) => region !== lost);
      const answering = new Set(left.map(({ id }) => id));
      for (const { id, lat, lon } of CITIES) {
        const roundTrips = left.map((region) => roundTripMs(id, region.id).ms);
        const next = left[roundTrips.indexOf(Math.min(...roundTrips))]!.id;
        expect(`${id} -> ${resolve(id, lat, lon, null, answering)}`).toBe(`${id} -> ${next}`);
      }
    }
  });

  const tokyo = (inService: InService) => resolve('tokyo', 35.69, 139.75, null, inService.answering);

  it('takes a region out until it is healthy again, and sends its people to the next one', () => {
    const inService = new InService(null);
    expect(inService.observe('ap-southeast-1', 'down')).toEqual([{ region: 'ap-southeast-1', detail: 'removed' }]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.observe('ap-southeast-1', 'up')).toEqual([{ region: 'ap-southeast-1', detail: 'returned' }]);
    expect(tokyo(inService)).toBe('ap-southeast-1');
  });

  it('names the nearest of all when none is healthy', () => {
    const inService = new InService(null);
    for (const { id } of REGIONS) inService.observe(id, 'down');
    expect(tokyo(inService)).toBe('ap-southeast-1');
    expect(inService.observe('eu-west-1', 'up').map(({ region }) => region)).toEqual(['us-east-1', 'ap-southeast-1']);
    expect(tokyo(inService)).toBe('eu-west-1');
  });

  it('takes nothing out, or puts nothing back, where that is planted', () => {
    const deaf = new InService('no-failover');
    expect(deaf.observe('ap-southeast-1', 'down')).toEqual([]);
    expect(tokyo(deaf)).toBe('ap-southeast-1');
    const stubborn = new InService('no-fail-back');
    stubborn.observe('ap-southeast-1', 'down');
    expect(stubborn.observe('ap-southeast-1', 'up')).toEqual([]);
    expect(tokyo(stubborn)).toBe('us-east-1');
  });

  it('counts less than what was decided by hand, until that is taken back', () => {
    const inService = new InService(null);
    expect(inService.evacuate('ap-southeast-1', true)).toEqual([{ region: 'ap-southeast-1', detail: 'removed' }]);
    expect(inService.evacuate('ap-southeast-1', true)).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.observe('ap-southeast-1', 'down')).toEqual([]);
    expect(inService.observe('ap-southeast-1', 'up')).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.evacuate('ap-southeast-1', false)).toEqual([{ region: 'ap-southeast-1', detail: 'returned' }]);
    expect(tokyo(inService)).toBe('ap-southeast-1');
  });

  it('brings no region back by hand that is not healthy', () => {
    const inService = new InService(null);
    inService.evacuate('ap-southeast-1', true);
    inService.observe('ap-southeast-1', 'down');
    expect(inService.evacuate('ap-southeast-1', false)).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
  });

  it('leaves an evacuated region out also when no other is healthy, and names all when all are evacuated', () => {
    const inService = new InService(null);
    inService.evacuate('ap-southeast-1', true);
    for (const { id } of REGIONS) inService.observe(id, 'down');
    expect([...inService.answering].toSorted()).toEqual(['eu-west-1', 'us-east-1']);
    for (const { id } of REGIONS) inService.evacuate(id, true);
    expect(inService.answering.size).toBe(REGIONS.length);
  });

  it('is obeyed by hand where health checks are not heeded', () => {
    const deaf = new InService('no-failover');
    deaf.observe('ap-southeast-1', 'down');
    deaf.evacuate('ap-southeast-1', true);
    expect(tokyo(deaf)).toBe('us-east-1');
    deaf.evacuate('ap-southeast-1', false);
    expect(tokyo(deaf)).toBe('ap-southeast-1');
  });
});
