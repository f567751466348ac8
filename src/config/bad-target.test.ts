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

/** About the shortest target of one's own. */
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

/** What a person reads who loads this file as a target; paths are cut to the file's name. */
async function messageOf(content: string, environment: NodeJS.ProcessEnv = {}): Promise<string> {
  const error: unknown = await load(content, environment).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'AntipodeError', exitCode: EXIT.usage });
  return (error as Error).message.replaceAll(`${relative(process.cwd(), folder)}/`, '');
}

const changed = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

describe('a short target of one’s own', () => {
  test('gets defaults for everything that it does not say', async () => {
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
    expect(claims.map((c) => c.id)).toEqual(['read-p99', 'write-p99', 'good', 'client-p99']);
    expect(claims.filter((c) => c.gating).map((c) => c.id)).toEqual(['read-p99', 'write-p99', 'good']);
    expect(claims.find((c) => c.id === 'write-p99')!.plusPrimaryRoundTrip).toBe(false);
  });

  test('is held to home share once it says which region served, and to the primary’s distance once it names one', async () => {
    const { claims, observe } = await load(`${GOOD}observe: { region: x-served-by }\nprimary: us-east-1\n`);
    expect(observe.region).toBe('X-Served-By');
    expect(claims.map((c) => c.id)).toContain('home-share');
    expect(claims.find((c) => c.id === 'write-p99')!.plusPrimaryRoundTrip).toBe(true);
  });

  test('may stand in a city that is no AWS region', async () => {
    const target = await load(changed('{ id: eu-west-1,', '{ id: dc-1, city: warsaw,'));
    expect(target.regions[0]).toMatchObject({ id: 'dc-1', city: 'warsaw' });
  });
});

test('the default claims are those that active-active spells out, but for what is asked beside the load', async () => {
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

  test('whose environment variable is missing or empty are asked for, with the place', async () => {
    expect(await messageOf(secret)).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN is missing: got no such variable, expected the secret in it. Run \`export API_TOKEN=…\` first."`,
    );
    expect(await messageOf(secret, { API_TOKEN: '' })).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN is missing: got an empty one, expected the secret in it. Run \`export API_TOKEN=…\` first."`,
    );
  });

  test('with a line break could smuggle a header in, and are not printed when refused', async () => {
    expect(await messageOf(secret, { API_TOKEN: 'hunter2\u0007' })).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN cannot stand in a header: got a character in it that is not printable ASCII, expected one line of printable ASCII. Correct API_TOKEN."`,
    );
    const message = await messageOf(secret, { API_TOKEN: 'hunter2\r\nX-Admin: 1' });
    expect(message).toMatchInlineSnapshot(
      `"t.yaml:10:27: environment variable API_TOKEN cannot stand in a header: got a line break in it, expected one line of printable ASCII. Correct API_TOKEN."`,
    );
    expect(message).not.toContain('hunter2');
  });

  test('in clear text are refused and not repeated', async () => {
    const message = await messageOf(withHeaders('{ authorization: Bearer hunter2 }'));
    expect(message).toMatchInlineSnapshot(
      `"t.yaml:10:27: \`authorization\` must not stand in a file: got a value in clear text, expected \`\${NAME}\`, filled from the environment. Put the value into an environment variable and name it here."`,
    );
    expect(message).not.toContain('hunter2');
  });

  test('in an address are refused and not repeated', async () => {
    const message = await messageOf(changed('https://us.example.com', 'https://me:hunter2@us.example.com'));
    expect(message).toMatchInlineSnapshot(
      `"t.yaml:6:27: \`regions[1].url\` is wrong: got an address that holds credentials, expected an http:// or https:// address without user, query or fragment, such as https://eu.api.example.com. Put credentials into \`headers:\` as \`\${NAME}\`."`,
    );
    expect(message).not.toContain('hunter2');
  });

  test('with a malformed reference are not sent as they stand', async () => {
    expect(await messageOf(withHeaders('{ X-Team: "${team name}" }'))).toMatchInlineSnapshot(
      `"t.yaml:10:20: \`headers.X-Team\` is wrong: got another value, expected one line of text, \`\${NAME}\` for an environment variable. Correct it."`,
    );
  });

  test('may hold the tenant and the key of a request, and nothing else in braces', async () => {
    expect((await load(withHeaders('{ X-Tenant: "{tenant}" }'))).headers).toEqual({ 'X-Tenant': '{tenant}' });
    expect(await messageOf(withHeaders('{ X-Row: "{row}" }'))).toMatchInlineSnapshot(
      `"t.yaml:10:19: unknown placeholder: got {row}, expected {key}, {tenant}. Use one of them. For the text itself write \`\\{row}\`."`,
    );
  });

  test('cannot replace headers that the harness sets', async () => {
    expect(await messageOf(withHeaders('{ user-agent: Mozilla, Host: elsewhere }'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:10:12: the harness sets \`user-agent\` itself: got \`user-agent\`, expected a header of yours. Remove it.
        t.yaml:10:33: the harness sets \`Host\` itself: got \`Host\`, expected a header of yours. Remove it."
    `);
  });
});

describe('permission to send', () => {
  test('must be given for whatever is not a local world', async () => {
    expect(await messageOf(changed('acknowledged: true\n', ''))).toMatchInlineSnapshot(
      `"t.yaml:1:1: load on a target that is not a local world needs your word: got acknowledged: false, expected \`acknowledged: true\` in its file. Add \`acknowledged: true\` once you may send load to it."`,
    );
    expect(await messageOf(changed('acknowledged: true', 'acknowledged: false'))).toMatchInlineSnapshot(
      `"t.yaml:1:1: load on a target that is not a local world needs your word: got acknowledged: false, expected \`acknowledged: true\` in its file. Add \`acknowledged: true\` once you may send load to it."`,
    );
    expect(await messageOf(changed('acknowledged: true', 'acknowledged: "yes"'))).toMatchInlineSnapshot(
      `"t.yaml:1:15: \`acknowledged\` is wrong: got "yes", expected true or false. Correct it."`,
    );
  });

  test('covers only the hosts named, edge included', async () => {
    expect(await messageOf(changed('eu.example.com, us.example.com', 'eu.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: this host is not allowed: got us.example.com, expected a host of allowHosts (eu.example.com). Add \`allowHosts: [eu.example.com, us.example.com]\` if load may go there."`,
    );
    expect(await messageOf(`${GOOD}edgeUrl: https://cdn.example.com\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:10: this host is not allowed: got cdn.example.com, expected a host of allowHosts (eu.example.com, us.example.com). Add \`allowHosts: [eu.example.com, us.example.com, cdn.example.com]\` if load may go there."`,
    );
  });

  test('takes a host however it is spelled, and a hint that can be pasted', async () => {
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
      `"t.yaml:6:27: this host is not allowed: got [::1], expected a host of allowHosts (eu.example.com, us.example.com). Add \`allowHosts: [eu.example.com, us.example.com, "::1"]\` if load may go there."`,
    );
  });

  test('fixes addresses only of hosts that it names', async () => {
    const fixed = await load(`${GOOD}resolve: { eu.example.com: 192.0.2.7, us.example.com: "2001:db8::7" }\n`);
    expect(fixed.resolve).toEqual({ 'eu.example.com': ['192.0.2.7'], 'us.example.com': ['2001:db8::7'] });
    const several = await load(`${GOOD}resolve: { eu.example.com: [192.0.2.7, 192.0.2.8] }\n`);
    expect(several.resolve).toEqual({ 'eu.example.com': ['192.0.2.7', '192.0.2.8'] });
    expect(await messageOf(`${GOOD}resolve: { ue.example.com: 192.0.2.7 }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:12: no address of this target has this host: got \`ue.example.com\`, expected one of eu.example.com, us.example.com. Did you mean \`eu.example.com\`?"`,
    );
    expect(await messageOf(`${GOOD}resolve: { eu.example.com: eu-2.example.com }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:28: \`resolve.eu.example.com\` is wrong: got "eu-2.example.com", expected an IP address, such as 192.0.2.7. Correct it."`,
    );
  });

  test('needs a limit of the rate', async () => {
    expect(await messageOf(changed('maxRatePerSecond: 50\n', ''))).toMatchInlineSnapshot(
      `"t.yaml:1:1: \`maxRatePerSecond\` is missing: expected a number from 0.01 to 100000 per second. Add \`maxRatePerSecond:\`."`,
    );
  });
});

describe('a placeholder that nobody filled in', () => {
  test('is refused in the address of a region, and in the hosts that load may go to', async () => {
    const unfilled = GOOD.replaceAll('us.example.com', '<host>').replace('https://<host> ', 'https://<host>/v1 ');
    expect(await messageOf(unfilled)).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:3:30: a placeholder is still here: got "<host>", expected a host, such as eu.api.example.com. Fill in what is yours.
        t.yaml:6:27: a placeholder is still here: got "<host>", expected an http:// or https:// address without user, query or fragment, such as https://eu.api.example.com. Fill in what is yours."
    `);
  });

  test('is refused in paths, also of an address', async () => {
    expect(await messageOf(changed('path: "/items/{key}"', 'path: "/<base>/items/{key}"'))).toMatchInlineSnapshot(
      `"t.yaml:8:24: a placeholder is still here: got "<base>", expected a path that starts with / and has no spaces, such as /products/{key}. Fill in what is yours."`,
    );
    expect(await messageOf(changed('https://eu.example.com/', 'https://eu.example.com/<base>'))).toMatchInlineSnapshot(
      `"t.yaml:5:27: a placeholder is still here: got "<base>", expected an http:// or https:// address without user, query or fragment, such as https://eu.api.example.com. Fill in what is yours."`,
    );
    expect(await messageOf(`${GOOD}edgeUrl: https://<cdn>\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:10: a placeholder is still here: got "<cdn>", expected an http:// or https:// address without user, query or fragment, such as https://eu.api.example.com. Fill in what is yours."`,
    );
  });

  test('has its place told even where there are more than can be printed', async () => {
    const paths = Array.from({ length: 15 }, (_, i) => `  - { name: more-${i}, path: /<base> }\n`).join('');
    const message = await messageOf(GOOD + paths);
    expect(message.split('\n')).toHaveLength(1 + 12 + 1);
    expect(message.split('\n').at(-1)).toMatchInlineSnapshot(`"  and 3 more, at t.yaml:22:28, 23:28, 24:28."`);
  });

  test('is not seen in what a body or a header says', async () => {
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
      `"t.yaml:7:1: a region is in no jurisdiction: got us-east-1 left out, expected every region in one jurisdiction. Add it to the one whose tenants it serves, or to one of its own."`,
    );
    expect(await messageOf(withJurisdictions('{ eu: [eu-west-1, us-esat-1], us: [eu-west-1] }')))
      .toMatchInlineSnapshot(`
      "3 mistakes in the configuration
        t.yaml:7:1: a region is in no jurisdiction: got us-east-1 left out, expected every region in one jurisdiction. Add it to the one whose tenants it serves, or to one of its own.
        t.yaml:7:34: the target has no such region: got \`us-esat-1\`, expected one of eu-west-1, us-east-1. Did you mean \`us-east-1\`?
        t.yaml:7:51: region \`eu-west-1\` is in \`eu\` already: got \`eu-west-1\` again, expected each region in one jurisdiction. Remove one of the two."
    `);
  });

  test('are the regions themselves where nothing is said', async () => {
    expect((await load(GOOD)).jurisdictions).toEqual({ 'eu-west-1': ['eu-west-1'], 'us-east-1': ['us-east-1'] });
  });
});

test('versions are small whole numbers with shares that sum to 1', async () => {
  const versions = (block: string): string => changed('operations:', `versions: ${block}\noperations:`);
  expect((await load(versions('{ 1: 0.95, 2: 0.05 }'))).versions).toEqual({ 1: 0.95, 2: 0.05 });
  expect(await messageOf(versions('{ 1: 0.95, 2: 0.5 }'))).toMatchInlineSnapshot(
    `"t.yaml:7:1: the shares of \`versions\` do not sum to 1: got 1.45 in all (1 0.95, 2 0.5), expected 1 within 0.000001. Take 0.45 off them."`,
  );
  expect(await messageOf(versions('{ v2: 1 }'))).toMatchInlineSnapshot(
    `"t.yaml:7:13: unknown key in \`versions\`: got \`v2\`, expected a whole number from 1 to 255. Correct the name."`,
  );
});

describe('a region', () => {
  test('unknown to AWS and without a city is placed nowhere', async () => {
    expect(await messageOf(changed('eu-west-1', 'eu-wset-1'))).toMatchInlineSnapshot(
      `"t.yaml:5:11: nobody knows where this region is: got \`eu-wset-1\`, expected an AWS region, such as eu-west-1, eu-west-2, eu-west-3, or a region with \`city:\`. Correct the id, or add \`city:\`."`,
    );
  });

  test('in a city that the atlas does not have', async () => {
    expect(await messageOf(changed('{ id: eu-west-1,', '{ id: dc-1, city: warsav,'))).toMatchInlineSnapshot(
      `"t.yaml:5:23: the atlas has no such city: got "warsav", expected a city of the atlas, such as warsaw, amman, caracas. Use one of these, or add the city to src/geo/data/cities.csv."`,
    );
  });

  test('without an address, or with one that is none', async () => {
    expect(await messageOf(changed(', url: https://us.example.com', ''))).toMatchInlineSnapshot(
      `"t.yaml:6:5: region \`us-east-1\` has no address: got no url, expected an http:// or https:// address. Add \`url:\`."`,
    );
    expect(await messageOf(changed('https://us.example.com', 'us.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: \`regions[1].url\` is wrong: got "us.example.com", expected an http:// or https:// address without user, query or fragment, such as https://eu.api.example.com. Correct it."`,
    );
    expect(await messageOf(changed('https://us.example.com', 'ftp://us.example.com'))).toMatchInlineSnapshot(
      `"t.yaml:6:27: \`regions[1].url\` is wrong: got "ftp://us.example.com", expected an http:// or https:// address without user, query or fragment, such as https://eu.api.example.com. Correct it."`,
    );
  });

  test('twice under the same name', async () => {
    expect(await messageOf(changed('id: us-east-1', 'id: eu-west-1'))).toMatchInlineSnapshot(
      `"t.yaml:6:11: two regions have the same id: got \`eu-west-1\` again, expected another id. Rename one."`,
    );
  });

  test('that is the primary but does not exist', async () => {
    expect(await messageOf(`${GOOD}primary: us-east-2\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:10: the primary is none of the regions: got "us-east-2", expected one of eu-west-1, us-east-1. Did you mean \`us-east-1\`?"`,
    );
  });

  test('of a world has no address of its own', async () => {
    const world = changed('acknowledged: true', 'world: active-active');
    expect(await messageOf(world)).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:5:22: a world publishes its own addresses: got "https://eu.example.com/", expected no url. Remove \`url:\`, or \`world:\`.
        t.yaml:6:22: a world publishes its own addresses: got "https://us.example.com", expected no url. Remove \`url:\`, or \`world:\`."
    `);
  });
});

describe('a world', () => {
  test('that does not exist is corrected', async () => {
    expect(await messageOf(changed('acknowledged: true', 'world: active-activ'))).toMatchInlineSnapshot(
      `"t.yaml:1:8: \`world\` is wrong: got "active-activ", expected one of active-active. Did you mean \`active-active\`?"`,
    );
  });

  test('has the regions and the primary that it has', async () => {
    const regions = '[{ id: us-east-1 }, { id: eu-west-1 }, { id: us-east-2 }]';
    const operations = '[{ name: get, path: /a }]';
    const text = `world: active-active\nmaxRatePerSecond: 10\nregions: ${regions}\noperations: ${operations}\n`;
    expect(await messageOf(`${text}primary: eu-west-1\n`)).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:3:55: the world active-active has no such region: got \`us-east-2\`, expected one of us-east-1, eu-west-1, ap-southeast-1. Did you mean \`us-east-1\`?
        t.yaml:5:10: the world active-active has another primary: got "eu-west-1", expected us-east-1. Correct it."
    `);
  });

  test('is needed for its routing', async () => {
    expect(await messageOf(`${GOOD}routing: { mode: world }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:18: there is no world that could route: got mode world, expected \`world:\` with it. Write \`nearest\`, or remove the line."`,
    );
  });
});

describe('health checks of Route 53', () => {
  const declared = (check: string): string => `${GOOD}routing: { healthCheck: ${check} }\n`;

  test('are what Route 53 offers', async () => {
    const { routing } = await load(declared('{ intervalSeconds: 10, failureThreshold: 2 }'));
    expect(routing.healthCheck).toEqual({ intervalSeconds: 10, failureThreshold: 2 });
  });

  test('with an interval, a threshold or a key that it does not have', async () => {
    expect(await messageOf(declared('{ intervalSeconds: 20, failureThreshold: 11 }'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:10:44: \`routing.healthCheck.intervalSeconds\` is wrong: got 20, expected one of 10, 30. Did you mean \`10\`?
        t.yaml:10:66: \`routing.healthCheck.failureThreshold\` is wrong: got 11, expected a whole number from 1 to 10 failed checks in a row. Lower it."
    `);
    expect(await messageOf(declared('{ intervalSeconds: 30, treshold: 3 }'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:10:12: \`routing.healthCheck.failureThreshold\` is missing: expected a whole number from 1 to 10 failed checks in a row. Add \`failureThreshold:\`.
        t.yaml:10:48: unknown key in \`routing.healthCheck\`: got \`treshold\`, expected one of intervalSeconds, failureThreshold. Remove it."
    `);
  });

  test('are those of the world where there is one', async () => {
    const text = `world: active-active\nmaxRatePerSecond: 10\nregions: [{ id: us-east-1 }]\noperations: [{ name: get, path: /a }]\n`;
    expect(
      await messageOf(`${text}routing: { healthCheck: { intervalSeconds: 10, failureThreshold: 3 } }\n`),
    ).toMatchInlineSnapshot(
      `"t.yaml:5:12: a world has health checks of its own: got a mapping, expected none. Remove \`healthCheck:\`; --speed chooses them."`,
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
      `"t.yaml:9:24: \`operations[1].path\` is wrong: got "items", expected a path that starts with / and has no spaces, such as /products/{key}. Correct it."`,
    );
  });

  test('with a method or class that does not exist', async () => {
    expect(await messageOf(second('path: /a, method: GETT, class: reed'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:9:36: \`operations[1].method\` is wrong: got "GETT", expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS. Did you mean \`GET\`?
        t.yaml:9:49: \`operations[1].class\` is wrong: got "reed", expected one of read, write, static, auth. Did you mean \`read\`?"
    `);
  });

  test('with an unknown placeholder', async () => {
    expect(await messageOf(second("path: '/a/{tennant}', body: '{id}'"))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:9:24: unknown placeholder: got {tennant}, expected {key}, {tenant}. Did you mean \`{tenant}\`? For the text itself write \`\\{tennant}\`.
        t.yaml:9:46: unknown placeholder: got {id}, expected {key}, {tenant}, {row}, {run}. Use one of them. For the text itself write \`\\{id}\`."
    `);
  });

  test('with a status that is none, or none at all', async () => {
    expect(await messageOf(second('path: /a, expect: [99]'))).toMatchInlineSnapshot(
      `"t.yaml:9:37: \`operations[1].expect[0]\` is wrong: got 99, expected an HTTP status from 200 to 599. Raise it."`,
    );
    expect(await messageOf(second('path: /a, expect: []'))).toMatchInlineSnapshot(
      `"t.yaml:9:36: \`operations[1].expect\` is wrong: got a list of 0, expected at least 1 in the list. Add one."`,
    );
    expect(await messageOf(second('path: /a, expect: 200'))).toMatchInlineSnapshot(
      `"t.yaml:9:36: \`operations[1].expect\` is wrong: got 200, expected a list (\`- value\` lines). Correct it."`,
    );
  });

  test('with a timeout that is negative or beyond reason', async () => {
    expect(await messageOf(second('path: /a, timeoutMs: -1'))).toMatchInlineSnapshot(
      `"t.yaml:9:39: \`operations[1].timeoutMs\` is wrong: got -1, expected a whole number from 1 to 600000 ms. Raise it."`,
    );
    expect(await messageOf(second('path: /a, timeoutMs: 1e9'))).toMatchInlineSnapshot(
      `"t.yaml:9:39: \`operations[1].timeoutMs\` is wrong: got 1000000000, expected a whole number from 1 to 600000 ms. Lower it."`,
    );
  });

  test('that is a journey nobody wrote', async () => {
    expect(await messageOf(second('journey: sign-out, steps: [get]'))).toMatchInlineSnapshot(
      `"t.yaml:9:27: there is no such journey: got \`sign-out\`, expected a file of scenarios/journeys (cart-edit, sign-in). Write scenarios/journeys/sign-out.ts."`,
    );
  });

  test('that is a journey over operations that do not exist, or has parts of a request', async () => {
    expect(await messageOf(second('journey: sign-in, steps: [got], path: /a'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:9:44: a step must be an operation with a path: got "got", expected one of get. Did you mean \`get\`?
        t.yaml:9:50: a journey takes its path from its steps: got "/a", expected none. Remove \`path:\`, or \`journey:\`."
    `);
    expect(await messageOf(second('journey: sign-in'))).toMatchInlineSnapshot(
      `"t.yaml:9:27: journey \`sign-in\` has no steps: got none, expected the operations it sends, in order. Add \`steps:\`."`,
    );
    expect(await messageOf(second('path: /a, steps: [get]'))).toMatchInlineSnapshot(
      `"t.yaml:9:28: only a journey has steps: got a list of 1, expected a journey with them. Add \`journey:\`, or remove \`steps:\`."`,
    );
  });

  test('twice under the same name', async () => {
    expect(await messageOf(changed('name: add', 'name: get'))).toMatchInlineSnapshot(
      `"t.yaml:9:13: two operations have the same name: got \`get\` again, expected another name. Rename one."`,
    );
  });
});

describe('a claim', () => {
  const withClaim = (fields: string) =>
    `${GOOD}claims:\n  - { id: one, classes: [read], maxBadShare: 0.01, ${fields} }\n`;

  test('on latency needs a limit, others have none', async () => {
    expect(await messageOf(withClaim('kind: latency'))).toMatchInlineSnapshot(
      `"t.yaml:11:5: claim \`one\` has no limit: got none, expected milliseconds. Add \`limitMs:\`."`,
    );
    expect(await messageOf(withClaim('kind: availability, limitMs: 5'))).toMatchInlineSnapshot(
      `"t.yaml:11:72: a claim on availability knows no milliseconds: got 5, expected none. Remove \`limitMs:\`."`,
    );
  });

  test('of an unknown kind', async () => {
    expect(await messageOf(withClaim('kind: latencey, limitMs: 5'))).toMatchInlineSnapshot(
      `"t.yaml:11:58: \`claims[0].kind\` is wrong: got "latencey", expected one of latency, availability, home-share, staleness, lost-writes, divergent-writes, read-your-writes, monotonic-reads, cart-winner, identical-answers, tenant-availability, edge. Did you mean \`latency\`?"`,
    );
  });

  test('that everything or nothing may be bad of', async () => {
    const all = withClaim('kind: availability').replace('0.01', '1');
    expect(await messageOf(all)).toMatchInlineSnapshot(
      `"t.yaml:11:46: \`claims[0].maxBadShare\` is wrong: got 1, expected a share above 0 and below 1, such as 0.01 for a p99. Lower it."`,
    );
    expect(await messageOf(all.replace('maxBadShare: 1', 'maxBadShare: 0'))).toMatchInlineSnapshot(
      `"t.yaml:11:46: \`claims[0].maxBadShare\` is wrong: got 0, expected a share above 0 and below 1, such as 0.01 for a p99. Raise it."`,
    );
  });

  test('that adds the way to a primary which is not there', async () => {
    expect(await messageOf(withClaim('kind: latency, limitMs: 5, plusPrimaryRoundTrip: true'))).toMatchInlineSnapshot(
      `"t.yaml:11:79: the target has no primary: got true, expected \`primary:\` with it. Add \`primary:\`, or remove the line."`,
    );
  });

  test('on home share where no header says who served', async () => {
    expect(await messageOf(withClaim('kind: home-share'))).toMatchInlineSnapshot(
      `"t.yaml:11:58: nothing says which region served: got "home-share", expected \`observe: { region: <header> }\`. Name the response header that says it."`,
    );
  });

  test('on staleness without the operations that measure it', async () => {
    expect(await messageOf(withClaim('kind: staleness, limitMs: 500'))).toMatchInlineSnapshot(
      `"t.yaml:11:58: staleness is measured by writing one known record and reading it: got no tracer-write, no tracer-read, expected operations tracer-write and tracer-read. Add them, or remove the claim."`,
    );
  });

  test('on the data of a target says how much may be wrong, and needs what it is measured by', async () => {
    const data = (fields: string): string => `${GOOD}claims:\n  - { id: one, ${fields} }\n`;
    expect(await messageOf(data('kind: lost-writes'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:11:5: claim \`one\` has no \`maxCount\`: got none, expected a whole number. Add \`maxCount:\`.
        t.yaml:11:22: nothing says how lost-writes is to be measured: got no \`ledger:\`, expected \`ledger:\` of the target. Add it, or remove the claim."
    `);
    expect(await messageOf(data('kind: monotonic-reads, classes: [read], maxBadShare: 0.01'))).toMatchInlineSnapshot(`
      "2 mistakes in the configuration
        t.yaml:11:22: nothing says how monotonic-reads is to be measured: got no \`session:\`, expected \`session:\` of the target. Add it, or remove the claim.
        t.yaml:11:39: a claim on monotonic-reads takes no \`classes\`: got a list of 1, expected none. Remove \`classes:\`."
    `);
    const twice = `${data('kind: identical-answers, maxCount: 0')}  - { id: two, kind: identical-answers, maxCount: 1 }\n`;
    expect(await messageOf(twice)).toMatchInlineSnapshot(
      `"t.yaml:12:22: \`one\` claims the same of the same data: got identical-answers again, expected one claim of this kind. Remove one."`,
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

  test('per something that its kind is not judged by', async () => {
    expect(await messageOf(withClaim('kind: availability, per: pair'))).toMatchInlineSnapshot(
      `"t.yaml:11:77: availability is not judged by pair: got pair, expected region, origin, tenant, version, target. Write one of them, or remove \`per:\`."`,
    );
    const tenants = `${GOOD}claims:\n  - { id: one, kind: tenant-availability, maxBadShare: 0.01, per: region }\n`;
    expect(await messageOf(tenants)).toMatchInlineSnapshot(
      `"t.yaml:11:67: tenant-availability is not judged by region: got region, expected target. Write one of them, or remove \`per:\`."`,
    );
  });

  test('per tenant or version where nothing says which', async () => {
    expect(await messageOf(withClaim('kind: availability, per: tenant'))).toMatchInlineSnapshot(
      `"t.yaml:11:77: no request says whose it is: got "tenant", expected {tenant} in a header, a path or a body. Add it, or remove the line."`,
    );
    expect(await messageOf(withClaim('kind: availability, per: version'))).toMatchInlineSnapshot(
      `"t.yaml:11:77: nothing says which versions there are and which one answered: got "version", expected \`versions:\` and \`observe: { version: <header> }\` of the target. Add them, or remove the line."`,
    );
  });

  test('per origin from where no city is', async () => {
    expect(await messageOf(withClaim('kind: latency, limitMs: 5, vantage: region, per: origin'))).toMatchInlineSnapshot(
      `"t.yaml:11:88: no city stands in a region: got "region", expected client or any for a claim per origin. Write \`vantage: client\`, or \`per: region\`."`,
    );
  });
});

test('a session block that lacks an operation, or names a key of its own', async () => {
  expect(await messageOf(`${GOOD}session: { write: add, read: get, remove: add }\n`)).toMatchInlineSnapshot(`
    "2 mistakes in the configuration
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

test('a block that names operations which the target does not have', async () => {
  const blocks =
    'ledger: { operation: ad, read: "/ledger?run={run}" }\nsession: { write: add, read: gett, delete: add }\n';
  expect(await messageOf(`${GOOD}${blocks}`)).toMatchInlineSnapshot(`
    "2 mistakes in the configuration
      t.yaml:10:22: the target has no such operation: got \`ad\`, expected one of get, add. Did you mean \`add\`?
      t.yaml:11:30: the target has no such operation: got \`gett\`, expected one of get, add. Did you mean \`get\`?"
  `);
});

describe('the edge block', () => {
  const withEdge = (fields: string, asset = 'class: static, via: edge'): string =>
    `${GOOD}  - { name: asset, path: "/assets/{key}.js", ${asset} }\nedge: { ${fields} }\n`;

  test('gets defaults for what it does not say', async () => {
    expect((await load(withEdge('asset: asset'))).edge).toEqual({ asset: 'asset', purgeSeconds: 5 });
    expect((await load(withEdge('asset: asset, purge: { path: "/assets/{key}.js" }'))).edge!.purge).toEqual({
      method: 'PURGE',
      path: '/assets/{key}.js',
      expect: [200, 204],
    });
    expect((await load(GOOD)).edge).toBeNull();
  });

  test('names an operation that the target has, and that gets an asset from the edge', async () => {
    expect(await messageOf(withEdge('asset: assets'))).toMatchInlineSnapshot(
      `"t.yaml:11:16: the target has no such operation: got \`assets\`, expected one of get, add, asset. Did you mean \`asset\`?"`,
    );
    expect(await messageOf(withEdge('asset: add'))).toMatchInlineSnapshot(
      `"t.yaml:11:16: this operation gets no asset from the edge: got \`add\`, POST with no \`class:\` and \`via: region\`, expected a GET operation with \`class: static\` and \`via: edge\`. Name another, or correct it."`,
    );
    expect(await messageOf(withEdge('asset: asset', 'class: static'))).toMatchInlineSnapshot(
      `"t.yaml:11:16: this operation gets no asset from the edge: got \`asset\`, GET with \`class: static\` and \`via: region\`, expected a GET operation with \`class: static\` and \`via: edge\`. Name another, or correct it."`,
    );
  });

  test('purges one asset by a method, within a time', async () => {
    const purge = 'purge: { method: purge, path: /assets, expect: [20] }, purgeSeconds: 0';
    expect(await messageOf(withEdge(`asset: asset, ${purge}`))).toMatchInlineSnapshot(`
      "4 mistakes in the configuration
        t.yaml:11:40: \`edge.purge.method\` is wrong: got "purge", expected an HTTP method in capitals, such as PURGE. Correct it.
        t.yaml:11:53: \`edge.purge.path\` is wrong: got "/assets", expected a path that holds {key}, such as /assets/{key}.js. Correct it.
        t.yaml:11:71: \`edge.purge.expect[0]\` is wrong: got 20, expected an HTTP status from 200 to 599. Raise it.
        t.yaml:11:92: \`edge.purgeSeconds\` is wrong: got 0, expected a number from 1 to 300 seconds. Raise it."
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
      `"t.yaml:11:38: environment variable EDGE_TOKEN is missing: got no such variable, expected the secret in it. Run \`export EDGE_TOKEN=…\` first."`,
    );
    expect(await messageOf(purge('token=abc123'))).toMatchInlineSnapshot(
      `"t.yaml:11:38: parameter \`token\` must not stand in a file: got a value in clear text, expected \`\${NAME}\`, filled from the environment. Put the value into an environment variable and name it here."`,
    );
  });

  test('is what a claim on the edge needs', async () => {
    const claim = 'claims:\n  - { id: one, kind: edge, maxCount: 0 }\n';
    expect(await messageOf(`${GOOD}${claim}`)).toMatchInlineSnapshot(
      `"t.yaml:11:22: nothing says how edge is to be measured: got no \`edge:\`, expected \`edge:\` of the target. Add it, or remove the claim."`,
    );
    expect((await load(`${withEdge('asset: asset')}${claim}`)).claims[0]).toMatchObject({ per: 'target', maxCount: 0 });
  });
});

describe('a custom CA', () => {
  test('is found relative to the target file', async () => {
    await writeFile(join(folder, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
    expect((await load(`${GOOD}tls: { caFile: ca.pem }\n`)).tls.caFile).toBe(join(folder, 'ca.pem'));
  });

  test('that is not there, or is no certificate', async () => {
    expect(await messageOf(`${GOOD}tls: { caFile: no.pem }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:16: the file of the CA cannot be read: got no.pem, expected a PEM file with a certificate, its path relative to the target file. Correct the path."`,
    );
    expect(await messageOf(`${GOOD}tls: { caFile: t.yaml }\n`)).toMatchInlineSnapshot(
      `"t.yaml:10:16: the file of the CA holds no certificate: got t.yaml, expected a PEM file with a certificate, its path relative to the target file. Correct the path."`,
    );
  });
});

test('an unknown key deep inside is corrected', async () => {
  expect(await messageOf(changed('name: get', 'name: get, timeout: 5'))).toMatchInlineSnapshot(
    `"t.yaml:8:18: unknown key in \`operations[0]\`: got \`timeout\`, expected one of name, class, method, path, body, headers, expect, timeoutMs, via, redirects, answer, journey, steps. Did you mean \`timeoutMs\`?"`,
  );
});

test('an unknown target lists those there are', async () => {
  await expect(readTarget('active-activ')).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AntipodeError: --target: there is no such target: got "active-activ", expected one of active-active, aws-example, example, or the path of a YAML file. Did you mean \`active-active\`?]`,
  );
});
