import { describe, expect, it } from 'vitest';
import { reachedAt } from './points.ts';

describe('A proxy', () => {
  it.each([
    ['127.0.0.1:9001', 'http://127.0.0.1:8474', '127.0.0.1', 9001],
    ['[::]:9001', 'http://own-toxiproxy:8474', 'own-toxiproxy', 9001],
    ['0.0.0.0:9001', 'http://127.0.0.1:8474', '127.0.0.1', 9001],
    [':9001', 'http://[::1]:8474', '::1', 9001],
    ['[::1]:9001', 'http://10.0.0.1:8474', '::1', 9001],
  ])('that listens on %s is reached through the address of its control (%s) where it names none', (...given) => {
    const [listen, control, host, port] = given;
    expect(reachedAt(listen, control)).toEqual({ host, port });
  });
});
