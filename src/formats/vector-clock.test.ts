import { expect, test } from 'vitest';
import { asVectorClock, parseVectorClock } from './vector-clock.ts';

test('a vector clock is an object of whole numbers from 0 on, and nothing else is one', () => {
  expect(asVectorClock({})).toEqual({});
  expect(asVectorClock({ 'us-east-1': 0, 'eu-west-1': 7 })).toEqual({ 'us-east-1': 0, 'eu-west-1': 7 });
  for (const other of [null, undefined, 3, 'us:1', [1], { us: -1 }, { us: 1.5 }, { us: '1' }, { us: null }])
    expect(asVectorClock(other)).toBeNull();
});

test('a header that is missing or not JSON has no vector clock', () => {
  expect(parseVectorClock('{"us-east-1":2}')).toEqual({ 'us-east-1': 2 });
  for (const header of [undefined, '', '{', 'us=1', '[]']) expect(parseVectorClock(header)).toBeNull();
});
