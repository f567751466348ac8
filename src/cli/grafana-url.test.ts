import { expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import { grafanaUrl } from './grafana-url.ts';

const of = (given?: string) => grafanaUrl(given === undefined ? {} : { ANTIPODE_GRAFANA_URL: given });

test('the URL is used without a trailing slash; unset or empty means none', () => {
  expect(of('http://127.0.0.1:3000')).toBe('http://127.0.0.1:3000');
  expect(of('https://metrics.example.com/grafana/')).toBe('https://metrics.example.com/grafana');
  expect(of()).toBeNull();
  expect(of('')).toBeNull();
});

test.each([
  ['grafana:3000', /"grafana:3000"/],
  ['no address', /"no address"/],
  ['file:///etc', /"file:/],
  ['http://127.0.0.1:3000/?orgId=1', /with a query/],
])('%s is refused', (given, says) => {
  expect(() => of(given)).toThrow(says);
  expect(() => of(given)).toThrow(expect.objectContaining({ exitCode: EXIT.usage }));
});

test('a URL with a password is refused, and the password is not printed', () => {
  expect(() => of('http://me:secret@grafana.example.com')).toThrow(/a user name or a password/);
  expect(() => of('http://me:secret@grafana.example.com')).not.toThrow(/secret/);
});
