import { expect, test } from 'vitest';
import { tracePrefix } from './trace-id.ts';

test('a trace prefix is the FNV-1a hash of the run id', () => {
  // Test vectors of draft-eastlake-fnv.
  expect(tracePrefix('')).toBe('cbf29ce484222325');
  expect(tracePrefix('a')).toBe('af63dc4c8601ec8c');
  expect(tracePrefix('foobar')).toBe('85944171f73967e8');
});
