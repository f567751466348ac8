import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import { readTarget } from './load.ts';
import type { TargetLink } from './types.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-links-'));
  await writeFile(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
  await writeFile(join(folder, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The only link of a target, with these fields. */
async function linkOf(fields: string): Promise<TargetLink> {
  const path = join(folder, 't.yaml');
  await writeFile(
    path,
    `acknowledged: true
maxRatePerSecond: 50
allowHosts: [eu.example.com]
regions: [{ id: eu-west-1, url: https://eu.example.com }]
operations: [{ name: get, path: "/items/{key}" }]
toxiproxies:
  - control: http://127.0.0.1:8474/
    links:
      - { ${fields} }
`,
  );
  return (await readTarget(path, {})).target.toxiproxies[0]!.links[0]!;
}

const INGRESS = 'proxy: api, kind: ingress, region: eu-west-1';
const STOCK = 'proxy: stock, kind: dependency, name: stock, region: eu-west-1';
const REDIS = 'proxy: redis, kind: redis, region: eu-west-1';

describe('a link', () => {
  test('has the default probe unless it is configured', async () => {
    const probe = { protocol: null, path: null, expect: null, tls: null, serverName: null, caFile: null };
    const rest = { proxy: 'api', kind: 'ingress', region: 'eu-west-1', to: null, name: null, reachedAt: null };
    expect(await linkOf(INGRESS)).toEqual({ ...rest, probe });
  });

  test.each(['api:8080', 'api eu', '[::1]:80', 'api%2F', 'größe', 'a?b#c', '...'])(
    'has its name in Toxiproxy: %s',
    async (name) => expect((await linkOf(INGRESS.replace('api', JSON.stringify(name)))).proxy).toBe(name),
  );

  test.each([
    ['127.0.0.1:18080', { host: '127.0.0.1', port: 18_080 }],
    ['"[::1]:18080"', { host: '::1', port: 18_080 }],
    ['toxiproxy.local:443', { host: 'toxiproxy.local', port: 443 }],
  ])('is reached at %s', async (given, at) => {
    expect((await linkOf(`${INGRESS}, reachedAt: ${given}`)).reachedAt).toEqual(at);
  });

  test('is probed as configured, its CA relative to the file', async () => {
    const { probe } = await linkOf(
      `${STOCK}, probe: { protocol: http, path: /ready, expect: [204, 401], tls: true, serverName: s.test, caFile: ca.pem }`,
    );
    const caFile = join(folder, 'ca.pem');
    expect(probe).toEqual({
      protocol: 'http',
      path: '/ready',
      expect: [204, 401],
      tls: true,
      serverName: 's.test',
      caFile,
    });
  });

  test.each([
    [INGRESS.replace('api', '"a/b"'), /9:18: .*got "a\/b", expected the name of a proxy/],
    [INGRESS.replace('api', '".."'), /the name of a proxy/],
    [INGRESS.replace('api', '""'), /the name of a proxy/],
    [`${INGRESS}, reachedAt: 18080`, /expected host:port/],
    [`${INGRESS}, reachedAt: "127.0.0.1:0"`, /expected host:port/],
    [`${INGRESS}, reachedAt: "http://127.0.0.1:80"`, /expected host:port/],
    [`${INGRESS}, reachedAt: "::1:80"`, /expected host:port/],
    [`${INGRESS}, probe: { path: health }`, /expected a path/],
    [`${INGRESS}, probe: { expect: [101] }`, /got 101, expected an HTTP status from 200 to 599/],
    [`${INGRESS}, probe: { expect: [] }`, /a list of at least 1/],
    [`${INGRESS}, probe: { status: [200] }`, /unknown key[^]*status/i],
    [`${INGRESS}, probe: { tls: yes please }`, /expected true or false/],
    [
      `${INGRESS}, probe: { protocol: http }`,
      /key not allowed in this probe: got `protocol`, expected `kind: dependency`/,
    ],
    [`${INGRESS}, probe: { tls: false, serverName: a.test }`, /got `serverName`, expected `tls: true`/],
    [`${INGRESS}, probe: { caFile: none.pem }`, /9:\d+: the CA file cannot be read: got .*none\.pem/],
    [`${INGRESS}, probe: { caFile: key.pem }`, /the CA file contains no certificate/],
    [`${REDIS}, probe: { path: /x }`, /got `path`, expected a link to an HTTP server/],
    ['proxy: p, kind: primary, region: eu-west-1, probe: { tls: true }', /got `tls`, expected a link to HTTP or Redis/],
    [`${STOCK}, probe: { protocol: redis, expect: [200] }`, /got `expect`/],
    [`${STOCK}, probe: { protocol: kafka }`, /one of http, redis, postgres/],
    [STOCK.replace('name: stock, ', ''), /a link of kind dependency needs `name:`/],
    [`${INGRESS}, name: front`, /`name` is only allowed with `kind: dependency`/],
    [INGRESS.replace('eu-west-1', 'eu-west-2'), /unknown region: got `eu-west-2`.*eu-west-1/],
    [`${REDIS}, to: mars-1`, /unknown region: got `mars-1`/],
  ])('is refused as { %s }', async (fields, says) => {
    const error: unknown = await linkOf(fields).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AntipodeError', exitCode: EXIT.usage });
    const message = (error as Error).message.replaceAll(`${relative(process.cwd(), folder)}/`, '');
    expect(message).toMatch(/^t\.yaml:9:\d+: /);
    expect(message).toMatch(says);
  });
});
