import { describe, expect, it } from 'vitest';
import { RunCounter } from './run-counter.ts';

describe('the run counter', () => {
  it('counts the requests of each run separately, and ignores requests without a run', () => {
    const counter = new RunCounter();
    for (const run of ['a', 'b', 'a', undefined]) counter.count(run);
    expect(JSON.stringify(counter)).toBe('{"runs":{"a":2,"b":1}}');
  });

  it('drops the oldest run when it is full', () => {
    const counter = new RunCounter();
    for (let i = 0; i < 1_500; i++) counter.count(`run-${i}`);
    const { runs } = counter.toJSON();
    expect(Object.keys(runs)).toHaveLength(1_000);
    expect(runs['run-499']).toBeUndefined();
    expect(runs['run-1499']).toBe(1);
  });
});
