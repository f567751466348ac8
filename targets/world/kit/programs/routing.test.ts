import { describe, expect, it } from 'vitest';
import { InService, resolve, defaultRouting } from './routing.ts';

const REGIONS = [
  { id: 'us-east-1', lat: 39.0, lon: -77.5 },
  { id: 'eu-west-1', lat: 53.3, lon: -6.3 },
  { id: 'ap-southeast-1', lat: 1.4, lon: 103.8 },
];
const ROUTING = defaultRouting('fast', { tokyo: ['ap-southeast-1', 'us-east-1'] });

describe('routing with health checks', () => {
  const tokyo = (inService: InService) =>
    resolve({ city: 'tokyo', lat: 35.69, lon: 139.75 }, REGIONS, ROUTING, inService.answering);

  it('removes an unhealthy region until it recovers, and sends its clients to the next nearest', () => {
    const inService = new InService(REGIONS, ROUTING);
    expect(inService.observe('ap-southeast-1', 'down')).toEqual([{ region: 'ap-southeast-1', detail: 'removed' }]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.observe('ap-southeast-1', 'up')).toEqual([{ region: 'ap-southeast-1', detail: 'returned' }]);
    expect(tokyo(inService)).toBe('ap-southeast-1');
  });

  it('fails open to the nearest region when none is healthy', () => {
    const inService = new InService(REGIONS, ROUTING);
    for (const { id } of REGIONS) inService.observe(id, 'down');
    expect(tokyo(inService)).toBe('ap-southeast-1');
    expect(inService.observe('eu-west-1', 'up').map(({ region }) => region)).toEqual(['us-east-1', 'ap-southeast-1']);
    expect(tokyo(inService)).toBe('eu-west-1');
  });

  it('removes no region, or adds none back, with the planted defects', () => {
    const ignoring = new InService(REGIONS, { ...ROUTING, removesUnhealthy: false });
    expect(ignoring.observe('ap-southeast-1', 'down')).toEqual([]);
    expect(tokyo(ignoring)).toBe('ap-southeast-1');
    const excluding = new InService(REGIONS, { ...ROUTING, restoresHealthy: false });
    excluding.observe('ap-southeast-1', 'down');
    expect(excluding.observe('ap-southeast-1', 'up')).toEqual([]);
    expect(tokyo(excluding)).toBe('us-east-1');
  });

  it('keeps an evacuated region out, whatever its health checks find, until the evacuation ends', () => {
    const inService = new InService(REGIONS, ROUTING);
    expect(inService.evacuate('ap-southeast-1', true)).toEqual([{ region: 'ap-southeast-1', detail: 'removed' }]);
    expect(inService.evacuate('ap-southeast-1', true)).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.observe('ap-southeast-1', 'down')).toEqual([]);
    expect(inService.observe('ap-southeast-1', 'up')).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
    expect(inService.evacuate('ap-southeast-1', false)).toEqual([{ region: 'ap-southeast-1', detail: 'returned' }]);
    expect(tokyo(inService)).toBe('ap-southeast-1');
  });

  it('does not add back an unhealthy region when its evacuation ends', () => {
    const inService = new InService(REGIONS, ROUTING);
    inService.evacuate('ap-southeast-1', true);
    inService.observe('ap-southeast-1', 'down');
    expect(inService.evacuate('ap-southeast-1', false)).toEqual([]);
    expect(tokyo(inService)).toBe('us-east-1');
  });

  it('keeps an evacuated region out even if no other is healthy, and uses all when all are evacuated', () => {
    const inService = new InService(REGIONS, ROUTING);
    inService.evacuate('ap-southeast-1', true);
    for (const { id } of REGIONS) inService.observe(id, 'down');
    expect([...inService.answering].toSorted()).toEqual(['eu-west-1', 'us-east-1']);
    for (const { id } of REGIONS) inService.evacuate(id, true);
    expect(inService.answering.size).toBe(REGIONS.length);
  });

  it('applies an evacuation even when health checks are ignored', () => {
    const ignoring = new InService(REGIONS, { ...ROUTING, removesUnhealthy: false });
    ignoring.observe('ap-southeast-1', 'down');
    ignoring.evacuate('ap-southeast-1', true);
    expect(tokyo(ignoring)).toBe('us-east-1');
    ignoring.evacuate('ap-southeast-1', false);
    expect(tokyo(ignoring)).toBe('ap-southeast-1');
  });
});
