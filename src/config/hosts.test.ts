import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hostKey, inYaml } from './hosts.ts';

describe('hostKey', () => {
  it.each([
    ['API.Example.test', 'api.example.test'],
    ['a.example.test.', 'a.example.test'],
    ['my_api', 'my_api'],
    ['[::1]', '::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['[2001:DB8:0::7]', '2001:db8::7'],
    ['127.0.0.1', '127.0.0.1'],
  ])('takes %s for %s', (written, key) => {
    expect(hostKey(written)).toBe(key);
  });
});

describe('inYaml', () => {
  it.each(['my_api', 'a.example.test.', '::1', '[::1]'])('writes %s so that YAML reads it as it is', (host) => {
    expect(parse(`hosts: [${inYaml(host)}]`)).toEqual({ hosts: [host] });
    expect(parse(`resolve: { ${inYaml(host)}: 127.0.0.1 }`)).toEqual({ resolve: { [host]: '127.0.0.1' } });
  });
});
