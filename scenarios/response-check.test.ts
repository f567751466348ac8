import { expect, test } from 'vitest';
import type { ResponseCheck } from '../src/formats/plan.ts';
import { responseChecker } from './response-check.ts';

const nothing: ResponseCheck = { contains: null, matches: null, json: null, maxBytes: null };
const check = (wanted: Partial<ResponseCheck>, body: string): string | null =>
  responseChecker({ ...nothing, ...wanted })(body);

test('nothing is wrong with an answer that holds what it must', () => {
  const body = '{"data":{"items":[{"id":7}],"ok":true,"none":null}}';
  expect(check({}, body)).toBeNull();
  expect(check({ contains: '"items"', matches: '"id":\\d+', maxBytes: 60 }, body)).toBeNull();
  expect(check({ json: { path: 'data.items.0.id' } }, body)).toBeNull();
  expect(check({ json: { path: 'data.items.0.id', equals: 7 } }, body)).toBeNull();
  expect(check({ json: { path: 'data.ok', equals: true } }, body)).toBeNull();
  expect(check({ json: { path: 'data.none', equals: null } }, body)).toBeNull();
});

test('what is wrong is said with what came', () => {
  const errors = '{"errors":[{"message":"no"}]}';
  expect(check({ contains: '"data"' }, errors)).toBe(
    'the body does not contain ""data"": it begins "{"errors":[{"message":"no"}]}"',
  );
  expect(check({ matches: '^\\[' }, errors)).toContain('does not match /^\\[/');
  expect(check({ json: { path: 'data' } }, errors)).toContain('the body has no data');
  expect(check({ json: { path: 'data.id', equals: 7 } }, errors)).toBe('data.id is absent, expected 7');
  expect(check({ json: { path: 'errors', equals: null } }, errors)).toBe('errors is [{"message":"no"}], expected null');
  expect(check({ json: { path: 'data' } }, '<html>\n  <body>')).toBe('the body is not JSON: it begins "<html> <body>"');
  expect(check({ contains: 'x' }, '')).toBe('the body does not contain "x": it is empty');
  expect(check({ maxBytes: 3 }, 'four')).toBe('4 bytes, at most 3 expected');
});

test('what every object inherits is not in the answer', () => {
  expect(check({ json: { path: 'constructor' } }, '{}')).toContain('has no constructor');
  expect(check({ json: { path: 'length' } }, '"text"')).toContain('has no length');
});
