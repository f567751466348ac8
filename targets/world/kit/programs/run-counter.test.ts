import { describe, expect, it } from 'vitest';
import { RunCounter } from './run-counter.ts';

describe('the counter of runs', () => {
  it('counts the requests of each run apart, and none that belongs to no run', () => {
    const counter = new RunCounter();
    for (const run of ['a', 'b', 'a', undefined]) counter.count(run);
    expect(JSON.stringify(counter)).toBe('{"runs":{"a":2,"b":1}}');
  });

  it('forgets the oldest run before it grows without bound', () => {
    const counter = new RunCounter();
    for (let i = 0; i < 1_500; i++) counter.count(`run-${i}`);
    const { runs } = counter.toJSON();
    expect(Object.keys(runs)).toHaveLength(1_000);
    expect(runs['run-499']).toBeUndefined();
    expect(runs['run-1499']).toBe(1);
  });
});
