import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kind } from '../../claims/claim.ts';
import { CLAIMS } from '../../claims/index.ts';
import { EXIT } from '../errors.ts';
import { readTarget } from './load.ts';
import { secretNames } from './secret-places.ts';
import { dataBlocks } from './target-data.ts';
import type { Target } from './types.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-target-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A minimal target. */
const GOOD = `acknowledged: true
maxRatePerSecond: 50
allowHosts: [eu.example.com, us.example.com]
regions:
  - { id: eu-west-1, url: https://eu.example.com/ }
  - { id: us-east-1, url: https://us.example.com }
operations:
  - { name: get, path: "/items/{key}" }
  - { name: add, method: POST, path: /items, body: '{"n":{row}}', expect: [201] }
`;

async function load(content: string, environment: NodeJS.ProcessEnv = {}): Promise<Target> {
  const path = join(folder, 't.yaml');
  await writeFile(path, content);
  return (await readTarget(path, environment)).target;
}

/** The error message of loading this file as a target; paths are cut to the file's name. */
async function messageOf(content: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const error: unknown = await load(content, environment).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'AntipodeError', exitCode: EXIT.usage });
  return (error as Error).message.replaceAll(`${relative(process.cwd(), folder)}/`, '');
}

const changed = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('a minimal target', () => {
  test('gets defaults for everything else', async () => {
    const target = await load(GOOD);
    expect(target).toMatchObject({
      name: 't',
      environment: 'staging',
      world: null,
      lanes: 'difference',
      primary: null,
      edgeUrl: null,
      routing: { mode: 'nearest', ttlSeconds: 60, healthCheck: null },
      tls: { caFile: null },
      observe: { region: '', source: '', version: '', recordVersion: '', serverTiming: 'Server-Timing' },
    });
    expect(target.regions[0]).toEqual({ id: 'eu-west-1', city: null, url: 'https://eu.example.com', replica: false });
    expect(target.operations[0]).toMatchObject({ class: 'read', method: 'GET', expect: [200], timeoutMs: 5000 });
    expect(target.operations[1]).toMatchObject({ class: 'write', method: 'POST', expect: [201], via: 'region' });
  });

  test('is judged by the default claims that its operations can decide', async () => {
    const claims = (await load(GOOD)).claims;
    expect(claims.map((c) => c.id)).toEqual(['read-p99', 'write-p99', 'availability', 'client-p99']);
    expect(claims.filter((c) => c.gating).map((c) => c.id)).toEqual(['read-p99', 'write-p99', 'availability']);
    expect(claims.find((c) => c.id === 'write-p99')!.plusPrimaryRoundTrip).toBe(false);
  });

  test('gets a home-share claim with a region header, and the round trip to the primary with a primary', async () => {
    const { claims, observe } = await load(`${GOOD}observe: { region: x-served-by }\nprimary: us-east-1\n`);
    expect(observe.region).toBe('X-Served-By');
    expect(claims.map((c) => c.id)).toContain('home-share');
    expect(claims.find((c) => c.id === 'write-p99')!.plusPrimaryRoundTrip).toBe(true);
  });

  test('may be in a city that is not an AWS region', async () => {
    const target = await load(changed('{ id: eu-west-1,', '{ id: dc-1, city: warsaw,'));
    expect(target.regions[0]).toMatchObject({ id: 'dc-1', city: 'warsaw' });
  });
});

test('the default claims are those of active-active, except the ones that need a block of their own', async () => {
  const { target } = await readTarget('active-active');
  const short = `world: active-active
maxRatePerSecond: 1000
primary: us-east-1
regions: [{ id: us-east-1 }, { id: eu-west-1, replica: true }]
operations:
  - { name: list, path: /a }
  - { name: tracer-read, path: /a }
  - { name: tracer-write, method: PUT, path: /a }
  - { name: login, class: auth, method: POST, path: /a }
  - { name: asset, class: static, path: /a, via: edge }
`;
  expect((await load(short)).claims).toEqual(
    target.claims.filter(({ kind }) => !['identical-answers', 'tenant-availability', 'edge'].includes(kind)),
  );
});

describe('secrets', () => {
  const withHeaders = (headers: string) => `${GOOD}headers: ${headers}\n`;
  const secret = withHeaders('{ Authorization: "Bearer ${API_TOKEN}" }');

  test('stay names in the target: no value is read into it', async () => {
    const target = await load(secret, { API_TOKEN: 'hunter2-hunter2' });
    expect(target.headers).toEqual({ Authorization: 'Bearer ${API_TOKEN}' });
    expect(JSON.stringify(target)).not.toContain('hunter2');
    expect(secretNames(target)).toEqual(['API_TOKEN']);
  });

  test('of operations count too, each once', async () => {
    const own = changed('path: "/items/{key}"', 'path: "/items/{key}", headers: { X-Api-Key: "${KEY}" }');
    const target = await load(`${own}headers: { Cookie: "a=\${KEY}; b=\${OTHER}" }\n`, { KEY: 'k', OTHER: 'o' });
    expect(secretNames(target)).toEqual(['KEY', 'OTHER']);
  });

  test('whose environment variable is unset or empty are refused, with the place', async () => {
    expect(await messageOf(secret)).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN is not set: got no value, expected a secret. Run \`export API_TOKEN=…\` first."`,
    );
    expect(await messageOf(secret, { API_TOKEN: '' })).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN is not set: got an empty value, expected a secret. Run \`export API_TOKEN=…\` first."`,
    );
  });

  test('with a line break could inject a header: they are refused and not printed', async () => {
    expect(await messageOf(secret, { API_TOKEN: 'hunter2\u0007' })).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN is not a valid header value: got a character that is not printable ASCII, expected one line of printable ASCII. Correct API_TOKEN."`,
    );
    const message = await messageOf(secret, { API_TOKEN: 'hunter2\r\nX-Admin: 1' });
    expect(message).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN is not a valid header value: got a line break, expected one line of printable ASCII. Correct API_TOKEN."`,
    );
    expect(message).not.toContain('hunter2');
  });

  test('in clear text are refused and not printed', async () => {
    const message = await messageOf(withHeaders('{ authorization: Bearer hunter2 }'));
    expect(message).toMatchInlineSnapshot(
      `"t.yaml:10:27: \`authorization\` must not be in clear text: got a clear-text value, expected \`\${NAME}\`, filled from the environment. Put the value into an environment variable and refer to it here."`,
    );
    expect(message).not.toContain('hunter2');
  });

  test('in a URL are refused and not printed', async () => {
    const message = await messageOf(changed('https://us.example.com', 'https://me:hunter2@us.example.com'));
    expect(message).toMatchInlineSnapshot(
      `"t.yaml:6:27: \`regions[1].url\` is invalid: got a URL with credentials, expected an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com. Put credentials into \`headers:\` as \`\${NAME}\`."`,
    );
    expect(message).not.toContain('hunter2');
  });

  test('with a malformed reference are refused', async () => {
    expect(await messageOf(withHeaders('{ X-Team: "${team name}" }'))).toMatchInlineSnapshot(
      `"t.yaml:10:20: \`headers.X-Team\` is invalid: got a value that is not shown (it may hold a secret), expected one line of text, \`\${NAME}\` for an environment variable. Correct it."`,
    );
  });

  test('may hold the tenant and the key of a request, and nothing else in braces', async () => {
    expect((await load(withHeaders('{ X-Tenant: "{tenant}" }'))).headers).toEqual({ 'X-Tenant': '{tenant}' });
    expect(await messageOf(withHeaders('{ X-Row: "{row}" }'))).toMatchInlineSnapshot(
      `"t.yaml:10:19: unknown placeholder: got {row}, expected {key}, {tenant}. Use one of them. For literal text, write \`\\{row}\`."`,
    );
  });

  test('cannot replace reserved headers', async () => {
    expect(await messageOf(withHeaders('{ user-agent: Mozilla, Host: elsewhere }'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:10:12: header \`user-agent\` is reserved: got \`user-agent\`, expected a header that Antipode does not set. Remove it.
        t.yaml:10:33: header \`Host\` is reserved: got \`Host\`, expected a header that Antipode does not set. Remove it."
    `);
  });
});

describe('permission to send', () => {
  test('is required for everything but a local world', async () => {
    expect(await messageOf(changed('acknowledged: true\n', ''))).toMatchInlineSnapshot(
      `"t.yaml:1:1: a target that is not a local world must be acknowledged: got \`acknowledged: false\`, expected \`acknowledged: true\`. Set \`acknowledged: true\` once you are allowed to send load to it."`,
    );
    expect(await messageOf(changed('acknowledged: true', 'acknowledged: false'))).toMatchInlineSnapshot(
      `"t.yaml:1:1: a target that is not a local world must be acknowledged: got \`acknowledged: false\`, expected \`acknowledged: true\`. Set \`acknowledged: true\` once you are allowed to send load to it."`,
    );
    expect(await messageOf(changed('acknowledged: true', 'acknowledged: "yes"'))).toMatchInlineSnapshot(
      `"t.yaml:1:15: \`acknowledged\` is invalid: got "yes", expected true or false. Correct it."`,
    );
  });

  test('covers only the listed hosts, for the edge too', async () => {
    expect(await messageOf(changed('eu.example.com, us.example.com', 'eu.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: host not in \`allowHosts\`: got us.example.com, expected a host of \`allowHosts\` (eu.example.com). Set \`allowHosts: [eu.example.com, us.example.com]\` if load may be sent there."`,
    );
    expect(await messageOf(`${GOOD}edgeUrl: https://cdn.example.com\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:10: host not in \`allowHosts\`: got cdn.example.com, expected a host of \`allowHosts\` (eu.example.com, us.example.com). Set \`allowHosts: [eu.example.com, us.example.com, cdn.example.com]\` if load may be sent there."`,
    );
  });

  test('accepts any spelling of a host, and suggests a line to paste', async () => {
    const spelled = (host: string, allowed: string): string =>
      GOOD.replaceAll('https://us.example.com', `"https://${host}"`).replace(
        'eu.example.com, us.example.com',
        `eu.example.com, ${allowed}`,
      );
    for (const [host, allowed] of [
      ['us.example.com.', 'us.example.com'],
      ['us.example.com', 'US.Example.com.'],
      ['[2001:db8:0::7]', '"2001:db8::7"'],
      ['[::1]', '"[::1]"'],
      ['my_api', 'my_api'],
    ] as const)
      await load(spelled(host, allowed));
    expect(await messageOf(spelled('[::1]:8081', 'us.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: host not in \`allowHosts\`: got [::1], expected a host of \`allowHosts\` (eu.example.com, us.example.com). Set \`allowHosts: [eu.example.com, us.example.com, "::1"]\` if load may be sent there."`,
    );
  });

  test('resolves only hosts of the target', async () => {
    const fixed = await load(`${GOOD}resolve: { eu.example.com: 192.0.2.7, us.example.com: "2001:db8::7" }\n`);
    expect(fixed.resolve).toEqual({ 'eu.example.com': ['192.0.2.7'], 'us.example.com': ['2001:db8::7'] });
    const several = await load(`${GOOD}resolve: { eu.example.com: [192.0.2.7, 192.0.2.8] }\n`);
    expect(several.resolve).toEqual({ 'eu.example.com': ['192.0.2.7', '192.0.2.8'] });
    expect(await messageOf(`${GOOD}resolve: { ue.example.com: 192.0.2.7 }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:12: no URL of this target has this host: got \`ue.example.com\`, expected one of eu.example.com, us.example.com. Did you mean \`eu.example.com\`?"`,
    );
    expect(await messageOf(`${GOOD}resolve: { eu.example.com: eu-2.example.com }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:28: \`resolve.eu.example.com\` is invalid: got "eu-2.example.com", expected an IP address, such as 192.0.2.7. Correct it."`,
    );
  });

  test('needs a rate limit', async () => {
    expect(await messageOf(changed('maxRatePerSecond: 50\n', ''))).toMatchInlineSnapshot(
      `"t.yaml:1:1: \`maxRatePerSecond\` is missing: expected a number from 0.01 to 100000 per second. Add \`maxRatePerSecond:\`."`,
    );
  });
});

describe('an unfilled placeholder', () => {
  test('is refused in the address of a region, and in the hosts that load may go to', async () => {
    const unfilled = GOOD.replaceAll('us.example.com', '<host>').replace('https://<host> ', 'https://<host>/v1 ');
    expect(await messageOf(unfilled)).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:3:30: placeholder not filled in: got "<host>", expected a host, such as eu.api.example.com. Replace it with your own value.
        t.yaml:6:27: placeholder not filled in: got "<host>", expected an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com. Replace it with your own value."
    `);
  });

  test('is refused in paths, also of an address', async () => {
    expect(await messageOf(changed('path: "/items/{key}"', 'path: "/<base>/items/{key}"'))).toMatchInlineSnapshot(
      `"t.yaml:8:24: placeholder not filled in: got "<base>", expected a path that starts with / and has no spaces, such as /products/{key}. Replace it with your own value."`,
    );
    expect(await messageOf(changed('https://eu.example.com/', 'https://eu.example.com/<base>'))).toMatchInlineSnapshot(
      `"t.yaml:5:27: placeholder not filled in: got "<base>", expected an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com. Replace it with your own value."`,
    );
    expect(await messageOf(`${GOOD}edgeUrl: https://<cdn>\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:10: placeholder not filled in: got "<cdn>", expected an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com. Replace it with your own value."`,
    );
  });

  test('has its place in the message even if there are too many to print', async () => {
    const paths = Array.from({ length: 15 }, (_, i) => `  - { name: more-${i}, path: /<base> }\n`).join('');
    const message = await messageOf(GOOD + paths);
    expect(message.split('\n')).toHaveLength(1 + 12 + 1);
    expect(message.split('\n').at(-1)).toMatchInlineSnapshot(`"  and 3 more, at t.yaml:22:28, 23:28, 24:28."`);
  });

  test('is not found in bodies and headers', async () => {
    const mail = `${GOOD}headers: { From: 'Load test <load@shop.test>' }\n`;
    expect((await load(mail.replace(`'{"n":{row}}'`, `'<order>{row}</order>'`))).operations[1]!.body).toContain(
      '<order>',
    );
  });
});

describe('jurisdictions', () => {
  const withJurisdictions = (block: string): string => changed('operations:', `jurisdictions: ${block}\noperations:`);

  test('hold each region once, and all of them', async () => {
    expect(await messageOf(withJurisdictions('{ eu: [eu-west-1] }'))).toMatchInlineSnapshot(
      `"t.yaml:7:1: a region is in no jurisdiction: got us-east-1 in none, expected every region in one jurisdiction. Add it to the jurisdiction whose tenants it serves, or to a new one."`,
    );
    expect(await messageOf(withJurisdictions('{ eu: [eu-west-1, us-esat-1], us: [eu-west-1] }')))
      .toMatchInlineSnapshot(`
        "3 errors in the configuration
          t.yaml:7:1: a region is in no jurisdiction: got us-east-1 in none, expected every region in one jurisdiction. Add it to the jurisdiction whose tenants it serves, or to a new one.
          t.yaml:7:34: unknown region: got \`us-esat-1\`, expected one of eu-west-1, us-east-1. Did you mean \`us-east-1\`?
          t.yaml:7:51: region \`eu-west-1\` is already in jurisdiction \`eu\`: got \`eu-west-1\` again, expected each region in one jurisdiction. Remove one of the two."
      `);
  });

  test('are the regions themselves by default', async () => {
    expect((await load(GOOD)).jurisdictions).toEqual({ 'eu-west-1': ['eu-west-1'], 'us-east-1': ['us-east-1'] });
  });
});

test('versions are small whole numbers with shares that sum to 1', async () => {
  const versions = (block: string): string => changed('operations:', `versions: ${block}\noperations:`);
  expect((await load(versions('{ 1: 0.95, 2: 0.05 }'))).versions).toEqual({ 1: 0.95, 2: 0.05 });
  expect(await messageOf(versions('{ 1: 0.95, 2: 0.5 }'))).toMatchInlineSnapshot(
    `"t.yaml:7:1: the shares of \`versions\` do not sum to 1: got 1.45 (1 0.95, 2 0.5), expected 1 within 0.000001. Remove 0.45 in total."`,
  );
  expect(await messageOf(versions('{ v2: 1 }'))).toMatchInlineSnapshot(
    `"t.yaml:7:13: unknown key in \`versions\`: got \`v2\`, expected a whole number from 1 to 255. Correct the name."`,
  );
});

describe('a region', () => {
  test('unknown to AWS and without a city', async () => {
    expect(await messageOf(changed('eu-west-1', 'eu-wset-1'))).toMatchInlineSnapshot(
      `"t.yaml:5:11: unknown region: got \`eu-wset-1\`, expected an AWS region, such as eu-west-1, eu-west-2, eu-west-3, or a region with \`city:\`. Correct the id, or add \`city:\`."`,
    );
  });

  test('in an unknown city', async () => {
    expect(await messageOf(changed('{ id: eu-west-1,', '{ id: dc-1, city: warsav,'))).toMatchInlineSnapshot(
      `"t.yaml:5:23: unknown city: got "warsav", expected a city of the atlas, such as warsaw, amman, caracas. Use one of these, or add the city to src/geo/data/cities.csv."`,
    );
  });

  test('without a URL, or with an invalid one', async () => {
    expect(await messageOf(changed(', url: https://us.example.com', ''))).toMatchInlineSnapshot(
      `"t.yaml:6:5: region \`us-east-1\` has no URL: got no \`url:\`, expected an http:// or https:// URL. Add \`url:\`."`,
    );
    expect(await messageOf(changed('https://us.example.com', 'us.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: \`regions[1].url\` is invalid: got "us.example.com", expected an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com. Correct it."`,
    );
    expect(await messageOf(changed('https://us.example.com', 'ftp://us.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: \`regions[1].url\` is invalid: got "ftp://us.example.com", expected an http:// or https:// URL without user, query or fragment, such as https://eu.api.example.com. Correct it."`,
    );
  });

  test('twice under the same name', async () => {
    expect(await messageOf(changed('id: us-east-1', 'id: eu-west-1'))).toMatchInlineSnapshot(
      `"t.yaml:6:11: duplicate id in \`regions\`: got \`eu-west-1\` again, expected a unique id. Rename one."`,
    );
  });

  test('that is the primary but does not exist', async () => {
    expect(await messageOf(`${GOOD}primary: us-east-2\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:10: \`primary\` must be one of the regions: got "us-east-2", expected one of eu-west-1, us-east-1. Did you mean \`us-east-1\`?"`,
    );
  });

  test('of a world has no URL of its own', async () => {
    const world = changed('acknowledged: true', 'world: active-active');
    expect(await messageOf(world)).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:5:22: \`url\` is not allowed with \`world:\`: got "https://eu.example.com/", expected none. Remove \`url:\` (a world publishes its own URLs), or remove \`world:\`.
        t.yaml:6:22: \`url\` is not allowed with \`world:\`: got "https://us.example.com", expected none. Remove \`url:\` (a world publishes its own URLs), or remove \`world:\`."
    `);
  });
});

describe('a world', () => {
  test('that does not exist', async () => {
    expect(await messageOf(changed('acknowledged: true', 'world: active-activ'))).toMatchInlineSnapshot(
      `"t.yaml:1:8: \`world\` is invalid: got "active-activ", expected one of active-active, single-brain. Did you mean \`active-active\`?"`,
    );
  });

  test('has its own regions and primary', async () => {
    const regions = '[{ id: us-east-1 }, { id: eu-west-1 }, { id: us-east-2 }]';
    const operations = '[{ name: get, path: /a }]';
    const text = `world: active-active\nmaxRatePerSecond: 10\nregions: ${regions}\noperations: ${operations}\n`;
    expect(await messageOf(`${text}primary: eu-west-1\n`)).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:3:55: unknown region of world active-active: got \`us-east-2\`, expected one of us-east-1, eu-west-1, ap-southeast-1. Did you mean \`us-east-1\`?
        t.yaml:5:10: \`primary\` must be the primary of world active-active: got "eu-west-1", expected us-east-1. Correct it."
    `);
  });

  test('is needed for its routing', async () => {
    expect(await messageOf(`${GOOD}routing: { mode: world }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:18: \`mode: world\` is only allowed with \`world:\`: got no \`world:\`, expected \`world:\` in the target. Set \`mode: nearest\`, or remove the line."`,
    );
  });
});

describe('health checks of Route 53', () => {
  const declared = (check: string): string => `${GOOD}routing: { healthCheck: ${check} }\n`;

  test('have the values that Route 53 offers', async () => {
    const { routing } = await load(declared('{ intervalSeconds: 10, failureThreshold: 2 }'));
    expect(routing.healthCheck).toEqual({ intervalSeconds: 10, failureThreshold: 2 });
  });

  test('with an interval, a threshold or a key that Route 53 does not offer', async () => {
    expect(await messageOf(declared('{ intervalSeconds: 20, failureThreshold: 11 }'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:10:44: \`routing.healthCheck.intervalSeconds\` is invalid: got 20, expected one of 10, 30. Did you mean \`10\`?
        t.yaml:10:66: \`routing.healthCheck.failureThreshold\` is invalid: got 11, expected a whole number from 1 to 10 failed checks in a row. Lower it."
    `);
    expect(await messageOf(declared('{ intervalSeconds: 30, treshold: 3 }'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:10:12: \`routing.healthCheck.failureThreshold\` is missing: expected a whole number from 1 to 10 failed checks in a row. Add \`failureThreshold:\`.
        t.yaml:10:48: unknown key in \`routing.healthCheck\`: got \`treshold\`, expected one of intervalSeconds, failureThreshold. Remove it."
    `);
  });

  test('are not allowed for a world', async () => {
    const text = `world: active-active\nmaxRatePerSecond: 10\nregions: [{ id: us-east-1 }]\noperations: [{ name: get, path: /a }]\n`;
    expect(
      await messageOf(`${text}routing: { healthCheck: { intervalSeconds: 10, failureThreshold: 3 } }\n`),
    ).toMatchInlineSnapshot(
      `"t.yaml:5:12: \`healthCheck\` is not allowed with \`world:\`: got a mapping, expected none. Remove it: a world has its own health checks, and --speed selects them."`,
    );
  });
});

describe('an operation', () => {
  const second = (fields: string) =>
    changed('method: POST, path: /items, body: \'{"n":{row}}\', expect: [201]', fields);

  test('without a path', async () => {
    expect(await messageOf(second('method: POST'))).toMatchInlineSnapshot(
      `"t.yaml:9:5: operation \`add\` has no path: got none, expected a path. Add \`path:\`, or \`journey:\` with \`steps:\`."`,
    );
  });

  test('with a path that does not start at the root', async () => {
    expect(await messageOf(second('path: items'))).toMatchInlineSnapshot(
      `"t.yaml:9:24: \`operations[1].path\` is invalid: got "items", expected a path that starts with / and has no spaces, such as /products/{key}. Correct it."`,
    );
  });

  test('with a method or class that does not exist', async () => {
    expect(await messageOf(second('path: /a, method: GETT, class: reed'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:9:36: \`operations[1].method\` is invalid: got "GETT", expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS. Did you mean \`GET\`?
        t.yaml:9:49: \`operations[1].class\` is invalid: got "reed", expected one of read, write, static, auth. Did you mean \`read\`?"
    `);
  });

  test('with an unknown placeholder', async () => {
    expect(await messageOf(second("path: '/a/{tennant}', body: '{id}'"))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:9:24: unknown placeholder: got {tennant}, expected {key}, {tenant}. Did you mean \`{tenant}\`? For literal text, write \`\\{tennant}\`.
        t.yaml:9:46: unknown placeholder: got {id}, expected {key}, {tenant}, {row}, {run}. Use one of them. For literal text, write \`\\{id}\`."
    `);
  });

  test('with an invalid status, or none', async () => {
    expect(await messageOf(second('path: /a, expect: [99]'))).toMatchInlineSnapshot(
      `"t.yaml:9:37: \`operations[1].expect[0]\` is invalid: got 99, expected an HTTP status from 200 to 599. Raise it."`,
    );
    expect(await messageOf(second('path: /a, expect: []'))).toMatchInlineSnapshot(
      `"t.yaml:9:36: \`operations[1].expect\` is invalid: got a list of 0, expected a list of at least 1. Add one."`,
    );
    expect(await messageOf(second('path: /a, expect: 200'))).toMatchInlineSnapshot(
      `"t.yaml:9:36: \`operations[1].expect\` is invalid: got 200, expected a list (\`- value\` lines). Correct it."`,
    );
  });

  test('with a timeout that is negative or too large', async () => {
    expect(await messageOf(second('path: /a, timeoutMs: -1'))).toMatchInlineSnapshot(
      `"t.yaml:9:39: \`operations[1].timeoutMs\` is invalid: got -1, expected a whole number from 1 to 600000 ms. Raise it."`,
    );
    expect(await messageOf(second('path: /a, timeoutMs: 1e9'))).toMatchInlineSnapshot(
      `"t.yaml:9:39: \`operations[1].timeoutMs\` is invalid: got 1000000000, expected a whole number from 1 to 600000 ms. Lower it."`,
    );
  });

  test('that is an unknown journey', async () => {
    expect(await messageOf(second('journey: sign-out, steps: [get]'))).toMatchInlineSnapshot(
      `"t.yaml:9:27: unknown journey: got \`sign-out\`, expected a file in scenarios/journeys (cart-edit, sign-in). Create scenarios/journeys/sign-out.ts."`,
    );
  });

  test('that is a journey over operations that do not exist, or has parts of a request', async () => {
    expect(await messageOf(second('journey: sign-in, steps: [got], path: /a'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:9:44: a step must be an operation with a path: got "got", expected one of get. Did you mean \`get\`?
        t.yaml:9:50: \`path\` is not allowed with \`journey:\`: got "/a", expected none. Remove \`path:\` (the steps have their own), or remove \`journey:\`."
    `);
    expect(await messageOf(second('journey: sign-in'))).toMatchInlineSnapshot(
      `"t.yaml:9:27: journey \`sign-in\` has no steps: got none, expected the operations it sends, in order. Add \`steps:\`."`,
    );
    expect(await messageOf(second('path: /a, steps: [get]'))).toMatchInlineSnapshot(
      `"t.yaml:9:28: \`steps\` is only allowed with \`journey:\`: got a list of 1, expected \`journey:\` in the same operation. Add \`journey:\`, or remove \`steps:\`."`,
    );
  });

  test('twice under the same name', async () => {
    expect(await messageOf(changed('name: add', 'name: get'))).toMatchInlineSnapshot(
      `"t.yaml:9:13: duplicate name in \`operations\`: got \`get\` again, expected a unique name. Rename one."`,
    );
  });
});

describe('a claim', () => {
  const withClaim = (fields: string) =>
    `${GOOD}claims:\n  - { id: one, classes: [read], maxBadShare: 0.01, ${fields} }\n`;

  test('on latency needs a limit, others have none', async () => {
    expect(await messageOf(withClaim('kind: latency'))).toMatchInlineSnapshot(
      `"t.yaml:11:5: claim \`one\` has no \`limitMs\`: got none, expected a limit in milliseconds. Add \`limitMs:\`."`,
    );
    expect(await messageOf(withClaim('kind: availability, limitMs: 5'))).toMatchInlineSnapshot(
      `"t.yaml:11:72: a claim of kind availability takes no \`limitMs\`: got 5, expected none. Remove \`limitMs:\`."`,
    );
  });

  test('of an unknown kind', async () => {
    expect(await messageOf(withClaim('kind: latencey, limitMs: 5'))).toMatchInlineSnapshot(
      `"t.yaml:11:58: \`claims[0].kind\` is invalid: got "latencey", expected one of latency, availability, home-share, staleness, lost-writes, divergent-writes, read-your-writes, monotonic-reads, cart-winner, identical-answers, tenant-availability, edge, data-source, fail-fast, inventory, cache-scope, source-label, near-reads, region-hint, cost. Did you mean \`latency\`?"`,
    );
  });

  test('with a bad share of 0 or 1', async () => {
    const all = withClaim('kind: availability').replace('0.01', '1');
    expect(await messageOf(all)).toMatchInlineSnapshot(
      `"t.yaml:11:46: \`claims[0].maxBadShare\` is invalid: got 1, expected a share above 0 and below 1, such as 0.01 for a p99. Lower it."`,
    );
    expect(await messageOf(all.replace('maxBadShare: 1', 'maxBadShare: 0'))).toMatchInlineSnapshot(
      `"t.yaml:11:46: \`claims[0].maxBadShare\` is invalid: got 0, expected a share above 0 and below 1, such as 0.01 for a p99. Raise it."`,
    );
  });

  test('that adds the round trip to a missing primary', async () => {
    expect(await messageOf(withClaim('kind: latency, limitMs: 5, plusPrimaryRoundTrip: true'))).toMatchInlineSnapshot(
      `"t.yaml:11:79: \`plusPrimaryRoundTrip\` needs a primary: got no \`primary:\`, expected \`primary:\` in the target. Add \`primary:\`, or remove the line."`,
    );
  });

  test('on home share without a region header', async () => {
    expect(await messageOf(withClaim('kind: home-share'))).toMatchInlineSnapshot(
      `"t.yaml:11:58: a claim of kind home-share needs a response header that names the region: got no \`observe.region\`, expected \`observe: { region: <header> }\`. Add that header, or remove the claim."`,
    );
  });

  test('on staleness without the operations that measure it', async () => {
    expect(await messageOf(withClaim('kind: staleness, limitMs: 500'))).toMatchInlineSnapshot(
      `"t.yaml:11:58: a claim of kind staleness needs operations that write and read one known record: got no tracer-write, no tracer-read, expected operations tracer-write and tracer-read. Add them, or remove the claim."`,
    );
  });

  test('on the data of a target needs a limit and the block that measures it', async () => {
    const data = (fields: string): string => `${GOOD}claims:\n  - { id: one, ${fields} }\n`;
    expect(await messageOf(data('kind: lost-writes'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:11:5: claim \`one\` has no \`maxCount\`: got none, expected a whole number. Add \`maxCount:\`.
        t.yaml:11:22: a claim of kind lost-writes needs \`ledger:\`: got no \`ledger:\`, expected \`ledger:\` in the target. Add it, or remove the claim."
    `);
    expect(await messageOf(data('kind: monotonic-reads, classes: [read], maxBadShare: 0.01'))).toMatchInlineSnapshot(`
      "2 errors in the configuration
        t.yaml:11:22: a claim of kind monotonic-reads needs \`session:\`: got no \`session:\`, expected \`session:\` in the target. Add it, or remove the claim.
        t.yaml:11:39: a claim of kind monotonic-reads takes no \`classes\`: got a list of 1, expected none. Remove \`classes:\`."
    `);
    const twice = `${data('kind: identical-answers, maxCount: 0')}  - { id: two, kind: identical-answers, maxCount: 1 }\n`;
    expect(await messageOf(twice)).toMatchInlineSnapshot(
      `"t.yaml:12:22: duplicate of claim \`one\`: got identical-answers again, expected one claim of this kind. Remove one."`,
    );
  });

  test('needs no block that a target cannot have', () => {
    const needed = Object.values<Kind>(CLAIMS).flatMap((kind) => ('block' in kind ? [kind.block] : []));
    expect(Object.keys(dataBlocks)).toEqual(expect.arrayContaining(needed));
  });

  test('on tenants is about the target as a whole', async () => {
    const { claims } = await load(`${GOOD}claims:\n  - { id: one, kind: tenant-availability, maxBadShare: 0.01 }\n`);
    expect(claims[0]).toMatchObject({ per: 'target', maxBadShare: 0.01, gating: true });
  });

  test('per a subject that its kind does not have', async () => {
    expect(await messageOf(withClaim('kind: availability, per: pair'))).toMatchInlineSnapshot(
      `"t.yaml:11:77: a claim of kind availability cannot be judged per pair: got pair, expected region, origin, tenant, version, target. Write one of them, or remove \`per:\`."`,
    );
    const tenants = `${GOOD}claims:\n  - { id: one, kind: tenant-availability, maxBadShare: 0.01, per: region }\n`;
    expect(await messageOf(tenants)).toMatchInlineSnapshot(
      `"t.yaml:11:67: a claim of kind tenant-availability cannot be judged per region: got region, expected target. Write one of them, or remove \`per:\`."`,
    );
  });

  test('per tenant or version that requests or responses do not name', async () => {
    expect(await messageOf(withClaim('kind: availability, per: tenant'))).toMatchInlineSnapshot(
      `"t.yaml:11:77: a claim per tenant needs requests that name the tenant: got "tenant", expected {tenant} in a header, a path or a body. Add it, or remove the line."`,
    );
    expect(await messageOf(withClaim('kind: availability, per: version'))).toMatchInlineSnapshot(
      `"t.yaml:11:77: a claim per version needs versions and a response header that names the version: got "version", expected \`versions:\` and \`observe: { version: <header> }\` in the target. Add them, or remove the line."`,
    );
  });

  test('per origin from the vantage region', async () => {
    expect(await messageOf(withClaim('kind: latency, limitMs: 5, vantage: region, per: origin'))).toMatchInlineSnapshot(
      `"t.yaml:11:88: a claim per origin cannot use \`vantage: region\`: got "region", expected client or any. Write \`vantage: client\`, or \`per: region\`."`,
    );
  });
});

test('a session block with a missing operation or an unknown key', async () => {
  expect(await messageOf(`${GOOD}session: { write: add, read: get, remove: add }\n`)).toMatchInlineSnapshot(`
    "2 errors in the configuration
      t.yaml:10:1: \`session.delete\` is missing: expected a name in lower case with hyphens, such as \`read-p99\`. Add \`delete:\`.
      t.yaml:10:35: unknown key in \`session\`: got \`remove\`, expected one of write, read, delete. Remove it."
  `);
  expect((await load(`${GOOD}session: { write: add, read: get, delete: add }\n`)).session).toEqual({
    write: 'add',
    read: 'get',
    delete: 'add',
  });
  expect((await load(GOOD)).session).toBeNull();
});

test('a block with unknown operations', async () => {
  const blocks =
    'ledger: { operation: ad, read: "/ledger?run={run}" }\nsession: { write: add, read: gett, delete: add }\n';
  expect(await messageOf(`${GOOD}${blocks}`)).toMatchInlineSnapshot(`
    "2 errors in the configuration
      t.yaml:10:22: unknown operation: got \`ad\`, expected one of get, add. Did you mean \`add\`?
      t.yaml:11:30: unknown operation: got \`gett\`, expected one of get, add. Did you mean \`get\`?"
  `);
});

describe('a region hint', () => {
  const withHint = (...names: string[]): string =>
    `${GOOD}regionHint: { header: X-Hint, operations: [${names.join(', ')}] }\n`;

  test('is sent with operations that have no body', async () => {
    expect((await load(withHint('get'))).regionHint).toEqual({ header: 'X-Hint', operations: ['get'] });
    expect(await messageOf(withHint('gett'))).toMatchInlineSnapshot(
      `"t.yaml:10:44: unknown operation: got \`gett\`, expected one of get, add. Did you mean \`get\`?"`,
    );
    expect(await messageOf(withHint('get', 'add'))).toMatchInlineSnapshot(
      `"t.yaml:10:49: an operation that cannot be sent with region hints: got \`add\`, with a body, expected an operation via a region, without body and headers. Name another operation."`,
    );
  });
});

describe('the edge block', () => {
  const withEdge = (fields: string, asset = 'class: static, via: edge'): string =>
    `${GOOD}  - { name: asset, path: "/assets/{key}.js", ${asset} }\nedge: { ${fields} }\n`;

  test('gets defaults', async () => {
    expect((await load(withEdge('asset: asset'))).edge).toEqual({ asset: 'asset', purgeSeconds: 5 });
    expect((await load(withEdge('asset: asset, purge: { path: "/assets/{key}.js" }'))).edge!.purge).toEqual({
      method: 'PURGE',
      path: '/assets/{key}.js',
      expect: [200, 204],
    });
    expect((await load(GOOD)).edge).toBeNull();
  });

  test('names an operation that gets an asset from the edge', async () => {
    expect(await messageOf(withEdge('asset: assets'))).toMatchInlineSnapshot(
      `"t.yaml:11:16: unknown operation: got \`assets\`, expected one of get, add, asset. Did you mean \`asset\`?"`,
    );
    expect(await messageOf(withEdge('asset: add'))).toMatchInlineSnapshot(
      `"t.yaml:11:16: \`edge.asset\` must be an operation that gets a static asset from the edge: got \`add\`, POST with no \`class:\` and \`via: region\`, expected a GET operation with \`class: static\` and \`via: edge\`. Name another operation, or correct this one."`,
    );
    expect(await messageOf(withEdge('asset: asset', 'class: static'))).toMatchInlineSnapshot(
      `"t.yaml:11:16: \`edge.asset\` must be an operation that gets a static asset from the edge: got \`asset\`, GET with \`class: static\` and \`via: region\`, expected a GET operation with \`class: static\` and \`via: edge\`. Name another operation, or correct this one."`,
    );
  });

  test('purges one asset by a method, within a time', async () => {
    const purge = 'purge: { method: purge, path: /assets, expect: [20] }, purgeSeconds: 0';
    expect(await messageOf(withEdge(`asset: asset, ${purge}`))).toMatchInlineSnapshot(`
      "4 errors in the configuration
        t.yaml:11:40: \`edge.purge.method\` is invalid: got "purge", expected an HTTP method in capitals, such as PURGE. Correct it.
        t.yaml:11:53: \`edge.purge.path\` is invalid: got "/assets", expected a path with {key}, such as /assets/{key}.js. Correct it.
        t.yaml:11:71: \`edge.purge.expect[0]\` is invalid: got 20, expected an HTTP status from 200 to 599. Raise it.
        t.yaml:11:92: \`edge.purgeSeconds\` is invalid: got 0, expected a number from 1 to 300 seconds. Raise it."
    `);
    expect(await messageOf(withEdge('asset: asset, purge: { pth: "/{key}" }'))).toMatchInlineSnapshot(
      `"t.yaml:11:32: unknown key in \`edge.purge\`: got \`pth\`, expected one of method, path, expect. Did you mean \`path\`?"`,
    );
  });

  test('takes secrets of a purge from the environment, and refuses them in clear text', async () => {
    const purge = (path: string): string => withEdge(`asset: asset, purge: { path: "/purge/{key}?${path}" }`);
    const target = await load(purge('token=${EDGE_TOKEN}'), { EDGE_TOKEN: 'x' });
    expect(secretNames(target)).toEqual(['EDGE_TOKEN']);
    expect(await messageOf(purge('token=${EDGE_TOKEN}'))).toMatchInlineSnapshot(
      `"t.yaml:11:38: environment variable EDGE_TOKEN is not set: got no value, expected a secret. Run \`export EDGE_TOKEN=…\` first."`,
    );
    expect(await messageOf(purge('token=abc123'))).toMatchInlineSnapshot(
      `"t.yaml:11:38: parameter \`token\` must not be in clear text: got a clear-text value, expected \`\${NAME}\`, filled from the environment. Put the value into an environment variable and refer to it here."`,
    );
  });

  test('is what a claim on the edge needs', async () => {
    const claim = 'claims:\n  - { id: one, kind: edge, maxCount: 0 }\n';
    expect(await messageOf(`${GOOD}${claim}`)).toMatchInlineSnapshot(
      `"t.yaml:11:22: a claim of kind edge needs \`edge:\`: got no \`edge:\`, expected \`edge:\` in the target. Add it, or remove the claim."`,
    );
    expect((await load(`${withEdge('asset: asset')}${claim}`)).claims[0]).toMatchObject({ per: 'target', maxCount: 0 });
  });
});

describe('a custom CA', () => {
  test('is found relative to the target file', async () => {
    await writeFile(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    expect((await load(`${GOOD}tls: { caFile: ca.pem }\n`)).tls.caFile).toBe(join(folder, 'ca.pem'));
  });

  test('that is missing, or not a certificate', async () => {
    expect(await messageOf(`${GOOD}tls: { caFile: no.pem }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:16: the CA file cannot be read: got no.pem, expected a PEM file with a certificate, its path relative to the target file. Correct the path."`,
    );
    expect(await messageOf(`${GOOD}tls: { caFile: t.yaml }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:16: the CA file contains no certificate: got t.yaml, expected a PEM file with a certificate, its path relative to the target file. Correct the path."`,
    );
  });
});

test('an unknown nested key', async () => {
  expect(await messageOf(changed('name: get', 'name: get, timeout: 5'))).toMatchInlineSnapshot(
    `"t.yaml:8:18: unknown key in \`operations[0]\`: got \`timeout\`, expected one of name, class, method, path, body, headers, expect, timeoutMs, via, redirects, check, journey, steps. Did you mean \`timeoutMs\`?"`,
  );
});

test('an unknown target', async () => {
  await expect(readTarget('active-activ')).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AntipodeError: --target: unknown target: got "active-activ", expected one of active-active, aws-example, example, single-brain, or the path of a YAML file. Did you mean \`active-active\`?]`,
  );
});
