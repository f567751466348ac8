import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAULT_KINDS, type Reading } from '../../src/formats/faults.ts';
import type { Fault } from '../fault.ts';
import { FAULTS } from './index.ts';

/** Every kind with every mode and face. */
const ALL: [title: string, fault: Fault<unknown>, params: unknown][] = (
  [
    ['region-outage', { region: 'far', face: 'refused' }],
    ['region-outage', { region: 'far', face: 'blackhole' }],
    ['region-outage', { region: 'far', face: 'reset' }],
    ['region-outage', { region: 'far', face: 'brown-out' }],
    ['region-outage', { region: 'far', face: 'grey' }],
    ['replication-delay', { region: 'far', mode: 'delay' }],
    ['replication-delay', { region: 'far', mode: 'pause' }],
    ['replication-delay', { region: 'far', mode: 'slow' }],
    ['redis-loss', { face: 'refused' }],
    ['redis-loss', { face: 'reset' }],
    ['redis-loss', { face: 'blackhole' }],
    ['redis-loss', { face: 'slow' }],
    ['redis-loss', { face: 'empty' }],
    ['database-loss', { region: 'far', face: 'stopped' }],
    ['database-loss', { region: 'far', face: 'frozen' }],
    ['partition', { from: 'far', to: 'near' }],
    ['partition', { from: 'far', to: 'near', direction: 'one-way' }],
    ['dependency', { name: 'stock', face: 'refused' }],
    ['dependency', { name: 'stock', face: 'blackhole' }],
    ['dependency', { name: 'stock', face: 'reset' }],
    ['dependency', { name: 'stock', face: 'latency', latencyMs: 400, jitterMs: 200 }],
    ['dependency', { name: 'stock', face: 'bandwidth' }],
    ['dependency', { name: 'stock', face: 'slicer' }],
  ] as const
).map(([kind, given]) => [`${kind} ${JSON.stringify(given)}`, FAULTS[kind], FAULTS[kind].params.parse(given)]);

const reading: fc.Arbitrary<Reading> = fc.record({
  outcome: fc.constantFrom('answered', 'refused', 'reset', 'closed', 'timeout', 'error'),
  tookMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
  bytes: fc.nat(1_000_000),
  value: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
});
const answered: fc.Arbitrary<Reading> = reading.map((one) => ({ ...one, outcome: 'answered' }));

describe('every kind of fault', () => {
  it('is in the index under its own name', () => {
    expect(Object.keys(FAULTS).toSorted()).toEqual([...FAULT_KINDS].toSorted());
    for (const kind of FAULT_KINDS) expect(FAULTS[kind].kind).toBe(kind);
  });

  it.each(ALL)('is never in effect if nothing has changed: %s', (_, fault, params) => {
    fc.assert(fc.property(reading, (one) => fault.inEffect(params, one, { ...one }) !== 'yes'));
  });

  it.each(ALL)('is never in effect if nothing worked before: %s', (_, fault, params) => {
    const ill = reading.filter(({ outcome }) => outcome !== 'answered').map((one) => ({ ...one, value: null }));
    fc.assert(fc.property(ill, reading, (before, now) => fault.inEffect(params, before, now) === 'unknown'));
  });

  it.each(ALL)('is cleared if everything is as before: %s', (_, fault, params) => {
    // What has been up since is older than it was, and old.
    const one = answered.filter(({ value }) => value !== null);
    fc.assert(fc.property(one, (before) => fault.inEffect(params, before, { ...before }) === 'no'));
  });

  it.each(ALL)('is pure: %s', (_, fault, params) => {
    fc.assert(
      fc.property(reading, reading, (before, now) => {
        const frozen = [Object.freeze({ ...before }), Object.freeze({ ...now })] as const;
        expect(fault.inEffect(params, ...frozen)).toBe(fault.inEffect(params, ...frozen));
      }),
    );
  });

  it.each(ALL)('affects clients of the regions it names, or none: %s', (_, fault, params) => {
    const harm = fault.hurts(params);
    if (fault.kind !== 'region-outage') return expect(harm).toBeNull();
    expect(harm!.regions).toEqual(['far']);
    expect(harm!.share).toBeGreaterThan(0);
    expect(harm!.share).toBeLessThanOrEqual(1);
  });

  it.each(ALL)('names the regions of its parameters, and no other: %s', (_, fault, params) => {
    const { region, from, to } = params as Record<string, string>;
    expect(fault.regions(params)).toEqual(region === 'all' ? 'all' : region === undefined ? [from, to] : [region]);
  });

  it.each(ALL)('hangs if requests are dropped, or grey: %s', (_, fault, params) => {
    const { face } = params as { face?: string };
    expect(fault.hangs(params)).toBe(face === 'blackhole' || face === 'grey');
  });

  it.each(ALL)('refuses a key that it does not know: %s', (_, fault, params) => {
    expect(fault.params.safeParse({ ...(params as object), severity: 3 }).success).toBe(false);
    expect(fault.params.safeParse(params).success).toBe(true);
  });
});

const of = (change: Partial<Reading>): Reading => ({ outcome: 'answered', tookMs: 5, value: null, ...change });

describe('inEffect', () => {
  it.each([
    ['refused', 'refused'],
    ['blackhole', 'timeout'],
    ['reset', 'reset'],
    ['reset', 'closed'],
    ['grey', 'timeout'],
  ] as const)('knows the face %s by the outcome %s, and takes no other failure for it', (face, outcome) => {
    const fault = FAULTS['region-outage'];
    const params = fault.params.parse({ region: 'far', face });
    expect(fault.inEffect(params, of({}), of({ outcome }))).toBe('yes');
    expect(fault.inEffect(params, of({}), of({ outcome: 'error' }))).toBe('unknown');
    expect(fault.inEffect(params, of({}), of({ tookMs: 900 }))).toBe('no');
  });

  it('takes a slow response for a brown-out, and no response for unknown', () => {
    const fault = FAULTS['region-outage'];
    const params = fault.params.parse({ region: 'far', face: 'brown-out', latencyMs: 1_000 });
    expect(fault.inEffect(params, of({}), of({ tookMs: 1_005 }))).toBe('yes');
    expect(fault.inEffect(params, of({}), of({ tookMs: 400 }))).toBe('no');
    expect(fault.inEffect(params, of({}), of({ outcome: 'timeout', tookMs: 2_000 }))).toBe('unknown');
  });

  it.each([
    ['delay', 2_000, 1_000],
    ['pause', undefined, 1_000],
    ['slow', undefined, 1_000],
  ])('knows a replica in mode %s by how much older its heartbeat is', (mode, delayMs, least) => {
    const fault = FAULTS['replication-delay'];
    const params = fault.params.parse({ region: 'far', mode, ...(delayMs ? { delayMs } : {}) });
    const at = (value: number | null) => fault.inEffect(params, of({ value: 150 }), of({ value }));
    expect(at(150 + least)).toBe('yes');
    expect(at(149 + least)).toBe('no');
    expect(at(null)).toBe('unknown');
  });

  it('knows an emptied Redis by its age, as long as it is fresh', () => {
    const fault = FAULTS['redis-loss'];
    const params = fault.params.parse({ face: 'empty' });
    const at = (now: Partial<Reading>, before = 60_000) => fault.inEffect(params, of({ value: before }), of(now));
    expect(at({ value: 0 })).toBe('yes');
    expect(at({ value: 2_000 })).toBe('yes');
    expect(at({ value: 3_000 })).toBe('no');
    expect(at({ value: 61_000 })).toBe('no');
    expect(at({ value: 2_000 }, 1_000)).toBe('no');
    expect(at({ outcome: 'refused', value: null })).toBe('unknown');
  });

  it.each([502, 503, 504])('takes a %i of a gateway in front of a link for its cut, if it was well before', (value) => {
    const fault = FAULTS['region-outage'];
    const params = fault.params.parse({ region: 'far', face: 'refused' });
    const told = of({ outcome: 'error', value, detail: `status ${value}` });
    expect(fault.inEffect(params, of({ value: 200 }), told)).toBe('yes');
    expect(fault.inEffect(params, of({ value: 200 }), { ...told, value: 500 })).toBe('unknown');
    expect(fault.inEffect(params, told, told)).toBe('unknown');
  });

  it('delays clients of a region that browns out, and fails those of a lost one', () => {
    const { params, hurts } = FAULTS['region-outage'];
    const of = (given: object) => hurts(params.parse({ region: 'far', ...given }));
    expect(of({ face: 'brown-out', latencyMs: 900 })).toEqual({ regions: ['far'], share: 1, slowerByMs: 900 });
    expect(of({ face: 'grey', toxicity: 0.4 })).toEqual({ regions: ['far'], share: 0.4, slowerByMs: null });
    expect(of({ face: 'reset' })).toEqual({ regions: ['far'], share: 1, slowerByMs: null });
  });

  it('lists its faces and modes', () => {
    const message = (kind: keyof typeof FAULTS, given: object) =>
      FAULTS[kind].params.safeParse(given).error?.issues[0]?.message;
    expect(message('region-outage', { region: 'far', face: 'melted' })).toContain('blackhole');
    expect(message('redis-loss', {})).toContain('empty');
    expect(message('replication-delay', { region: 'far', mode: 'drop' })).toContain('pause');
    expect(message('region-outage', { region: 'far', face: 'grey', toxicity: 1 })).toContain('0.9');
  });
});
