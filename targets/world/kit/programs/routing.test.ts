import { describe, expect, it } from 'vitest';
import { InService, resolve, soundRouting } from './routing.ts';

const REGIONS = [
  { id: 'us-east-1', lat: 39.0, lon: -77.5 },
  { id: 'eu-west-1', lat: 53.3, lon: -6.3 },
  { id: 'ap-southeast-1', lat: 1.4, lon: 103.8 },
];
const SOUND = soundRouting('fast', { tokyo: ['ap-southeast-1', 'us-east-1'] });

describe('what health checks do to the answers', () => {
  const tokyo = (inService: InService) =>
    resolve({ city: 'tokyo', lat: 35.69, lon: 139.75 }, REGIONS, SOUND, inService.answering);

  it('takes a region out until it is healthy again, and sends its people to the next one', () => {
    const inService = new InService(REGIONS, SOUND);
    expect(inService.observe('ap-southeast-1', 'down')).toEqual([{ region: 'ap-southeast-1', detail: 'removed' }]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.observe('ap-southeast-1', 'up')).toEqual([{ region: 'ap-southeast-1', detail: 'returned' }]);
    expect(tokyo(inService)).toBe('ap-southeast-1');
  });

  it('names the nearest of all when none is healthy', () => {
    const inService = new InService(REGIONS, SOUND);
    for (const { id } of REGIONS) inService.observe(id, 'down');
    expect(tokyo(inService)).toBe('ap-southeast-1');
    expect(inService.observe('eu-west-1', 'up').map(({ region }) => region)).toEqual(['us-east-1', 'ap-southeast-1']);
    expect(tokyo(inService)).toBe('eu-west-1');
  });

  it('takes nothing out, or puts nothing back, where that is planted', () => {
    const deaf = new InService(REGIONS, { ...SOUND, heedsHealth: false });
    expect(deaf.observe('ap-southeast-1', 'down')).toEqual([]);
    expect(tokyo(deaf)).toBe('ap-southeast-1');
    const stubborn = new InService(REGIONS, { ...SOUND, takesBack: false });
    stubborn.observe('ap-southeast-1', 'down');
    expect(stubborn.observe('ap-southeast-1', 'up')).toEqual([]);
    expect(tokyo(stubborn)).toBe('us-east-1');
  });

  it('counts less than what was decided by hand, until that is taken back', () => {
    const inService = new InService(REGIONS, SOUND);
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
    const inService = new InService(REGIONS, SOUND);
    inService.evacuate('ap-southeast-1', true);
    inService.observe('ap-southeast-1', 'down');
    expect(inService.evacuate('ap-southeast-1', false)).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
  });

  it('leaves an evacuated region out also when no other is healthy, and names all when all are evacuated', () => {
    const inService = new InService(REGIONS, SOUND);
    inService.evacuate('ap-southeast-1', true);
    for (const { id } of REGIONS) inService.observe(id, 'down');
    expect([...inService.answering].toSorted()).toEqual(['eu-west-1', 'us-east-1']);
    for (const { id } of REGIONS) inService.evacuate(id, true);
    expect(inService.answering.size).toBe(REGIONS.length);
  });

  it('is obeyed by hand where health checks are not heeded', () => {
    const deaf = new InService(REGIONS, { ...SOUND, heedsHealth: false });
    deaf.observe('ap-southeast-1', 'down');
    deaf.evacuate('ap-southeast-1', true);
    expect(tokyo(deaf)).toBe('us-east-1');
    deaf.evacuate('ap-southeast-1', false);
    expect(tokyo(deaf)).toBe('ap-southeast-1');
  });
});
