import { describe, expect, it } from 'vitest';
import { parseFaultName, type Toxic } from '../../../src/formats/faults.ts';
import { FAULT_ID } from '../../../test/fault-rig.ts';
import { checkToxic, isOf, markerOf, toxicOf } from './toxics.ts';

const latency = (attributes: Record<string, number>): Toxic =>
  toxicOf(FAULT_ID, { type: 'latency', stream: 'downstream', attributes });
const withIt = (change: Partial<Toxic>): Toxic => ({ ...latency({ latency: 1, jitter: 0 }), ...change });

describe('a toxic of Antipode', () => {
  it('has the name of its fault', () => {
    const { name } = latency({ latency: 1, jitter: 0 });
    expect(name).toBe('antipode.20261123-210000-abcd.1.1800000000.latency_downstream');
    expect(parseFaultName(name)).toEqual(FAULT_ID);
    expect(parseFaultName(markerOf(FAULT_ID).name)).toEqual(FAULT_ID);
  });

  it('is distinguished from those of other faults, runs and users', () => {
    const { name } = latency({ latency: 1, jitter: 0 });
    expect(isOf(FAULT_ID, name)).toBe(true);
    expect(isOf(FAULT_ID, markerOf(FAULT_ID).name)).toBe(true);
    expect(isOf({ ...FAULT_ID, number: 12 }, name)).toBe(false);
    expect(isOf({ ...FAULT_ID, expiresAt: 180_000_000 }, name)).toBe(false);
    expect(isOf(FAULT_ID, 'latency_downstream')).toBe(false);
  });
});

describe('checkToxic', () => {
  it.each<Partial<Toxic>>([
    {},
    { type: 'bandwidth', attributes: { rate: 1 } },
    { type: 'timeout', attributes: { timeout: 0 } },
    { type: 'slicer', attributes: { average_size: 2, size_variation: 1, delay: 0 } },
    { type: 'limit_data', attributes: { bytes: 0 } },
    { toxicity: 0 },
  ])('lets through what the server takes: %j', (change) => {
    expect(() => checkToxic(withIt(change))).not.toThrow();
  });

  it.each<[string, Partial<Toxic>]>([
    ['a negative rate, which ends the server', { type: 'bandwidth', attributes: { rate: -1 } }],
    ['rate 0, which holds everything', { type: 'bandwidth', attributes: { rate: 0 } }],
    ['a slicer without sizes, which ends the server', { type: 'slicer', attributes: {} }],
    [
      'a slicer that varies above its size',
      { type: 'slicer', attributes: { average_size: 2, size_variation: 2, delay: 0 } },
    ],
    ['half a millisecond', { attributes: { latency: 12.5, jitter: 0 } }],
    ['a negative latency', { attributes: { latency: -1, jitter: 0 } }],
    ['a jitter above the latency', { attributes: { latency: 1, jitter: 2 } }],
    ['a missing attribute', { attributes: { latency: 1 } }],
    ['an unknown attribute', { attributes: { latency: 1, jitter: 0, lateness: 1 } }],
    ['a latency beyond the clock', { attributes: { latency: 2 ** 50, jitter: 0 } }],
    ['a type the server does not have', { type: 'down' as Toxic['type'] }],
    ['a type out of the prototype', { type: 'constructor' as Toxic['type'] }],
    ['a stream that is none', { stream: 'sideways' as Toxic['stream'] }],
    ['a toxicity above 1', { toxicity: 1.1 }],
    ['a toxicity that is no number', { toxicity: Number.NaN }],
    ['a name with a slash', { name: 'a/b' }],
    ['no name', { name: '' }],
  ])('refuses %s', (_, change) => {
    expect(() => checkToxic(withIt(change))).toThrow(/not safe to send: got .+, expected/);
  });
});
