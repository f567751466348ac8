import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';
import { checkProfileAgainstTarget, readProfile, readTarget } from './load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const GOOD = `title: Three cities
arrivals: { ratePerSecond: 100 }
mix: { list: 0.5, get: 0.5 }
origins:
  tokyo: 0.5
  london: { share: 0.3, access: { fixed: 1 } }
  new-york: 0.2
`;

/** Loads this file as a profile, against a target if one is named. */
async function load(content: string | Buffer, target?: string): Promise<void> {
  const path = join(folder, 'p.yaml');
  await writeFile(path, content);
  const { profile, file } = await readProfile(path);
  if (target === undefined) return;
  const { target: parsed, file: targetFile } = await readTarget(target);
  checkProfileAgainstTarget(profile, parsed, { profile: file, target: targetFile });
}

/** The error message of that; paths are cut to the file's name. */
async function messageOf(content: string | Buffer, target?: string): Promise<string> {
  const error: unknown = await load(content, target).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'AntipodeError', exitCode: EXIT.usage });
  return (error as Error).message.replaceAll(`${relative(process.cwd(), folder)}/`, '');
}

const changed = (from: string, to: string): string => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};

test('a short profile is enough: everything else has defaults', async () => {
  await expect(load(GOOD, 'active-active')).resolves.toBeUndefined();
});

describe('a file that is not a profile', () => {
  test('an empty file', async () => {
    expect(await messageOf('')).toMatchInlineSnapshot(
      `"p.yaml:1:1: the file is empty: got no keys, expected a mapping. Start from a copy of another file in its folder."`,
    );
    expect(await messageOf('# only a comment\n')).toContain('p.yaml:1:1: the file is empty');
    expect(await messageOf('---\n')).toContain('p.yaml:1:1: the file is empty');
  });

  test('invalid YAML is shown with its line', async () => {
    expect(await messageOf('title: [unclosed\nmix: }\n')).toMatchInlineSnapshot(`
      "2 errors in the configuration
        p.yaml:2:1: invalid YAML: got "mix: }", expected YAML (Flow sequence in block collection must be sufficiently indented and end with a ]). Write \`key: value\` lines; quote text that contains \`: \`, \` #\` or brackets.
        p.yaml:2:6: invalid YAML: got "mix: }", expected YAML (Unexpected flow-map-end token in YAML stream: "}"). Write \`key: value\` lines; quote text that contains \`: \`, \` #\` or brackets."
    `);
  });

  test('an unquoted colon in a title', async () => {
    expect(await messageOf(changed('Three cities', 'Three: cities'))).toMatchInlineSnapshot(
      `"p.yaml:1:8: invalid YAML: got "title: Three: cities", expected YAML (Nested mappings are not allowed in compact mappings). Write \`key: value\` lines; quote text that contains \`: \`, \` #\` or brackets."`,
    );
  });

  test('a tab as indentation', async () => {
    expect(await messageOf('mix:\n\tlist: 1\n')).toMatchInlineSnapshot(
      `"p.yaml:2:1: invalid YAML: got "list: 1", expected YAML (Tabs are not allowed as indentation). Write \`key: value\` lines; quote text that contains \`: \`, \` #\` or brackets."`,
    );
  });

  test('a list or text instead of a mapping', async () => {
    expect(await messageOf('- tokyo\n- london\n')).toMatchInlineSnapshot(
      `"p.yaml:1:1: the file is invalid: got a list of 2, expected a mapping (\`key: value\` lines). Correct it."`,
    );
    expect(await messageOf('apac\n')).toMatchInlineSnapshot(
      `"p.yaml:1:1: the file is invalid: got "apac", expected a mapping (\`key: value\` lines). Correct it."`,
    );
  });

  test('two documents in one file', async () => {
    expect(await messageOf(`${GOOD}---\n${GOOD}`)).toMatchInlineSnapshot(
      `"p.yaml:8:1: several YAML documents in one file: got \`---\`, expected one. Remove everything from \`---\` on."`,
    );
  });

  test('an alias, which could expand without end', async () => {
    expect(await messageOf(changed('{ fixed: 1 }', '*elsewhere'))).toMatchInlineSnapshot(
      `"p.yaml:6:33: YAML aliases are not supported: got \`*elsewhere\`, expected a value. Write the value itself, or quote it if the star is text."`,
    );
  });

  test('bytes that are not UTF-8', async () => {
    expect(await messageOf(Buffer.from([0xff, 0xfe, 0x00, 0x80]))).toMatchInlineSnapshot(
      `"p.yaml: the file is not text: got binary data, expected UTF-8. Use a YAML file in UTF-8."`,
    );
  });

  test('a file far too large', async () => {
    expect(await messageOf(`# ${'x'.repeat(1_000_001)}`)).toMatchInlineSnapshot(
      `"p.yaml: the file is too large: got 1000003 bytes, expected at most 1000000 bytes. Use a YAML file in UTF-8."`,
    );
  });

  test('a path without a file', async () => {
    await expect(readProfile('nowhere/p.yaml')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[AntipodeError: nowhere/p.yaml: the file cannot be read: got ENOENT, expected a readable YAML file. Check the path and its permissions.]`,
    );
  });

  test('a folder', async () => {
    await expect(readProfile('./src')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[AntipodeError: src: the file cannot be read: got EISDIR, expected a readable YAML file. Check the path and its permissions.]`,
    );
  });
});

describe('a name', () => {
  test('unknown, near a known one', async () => {
    await expect(readProfile('apac-hevy')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[AntipodeError: --profile: unknown profile: got "apac-hevy", expected one of americas-heavy, apac-heavy, emea-heavy, even, follow-the-sun, gate-test, world, or the path of a YAML file. Did you mean \`apac-heavy\`?]`,
    );
  });

  test('unknown, far from every profile', async () => {
    await expect(readProfile('mars')).rejects.toThrowErrorMatchingInlineSnapshot(
      `[AntipodeError: --profile: unknown profile: got "mars", expected one of americas-heavy, apac-heavy, emea-heavy, even, follow-the-sun, gate-test, world, or the path of a YAML file. Use one of them.]`,
    );
  });
});

describe('a key', () => {
  test('unknown, near a known one', async () => {
    expect(await messageOf(changed('title:', 'titel:'))).toMatchInlineSnapshot(
      `"p.yaml:1:1: unknown key in the file: got \`titel\`, expected one of title, arrivals, durationSeconds, session, cohorts, retries, access, tenants, keys, mix, origins. Did you mean \`title\`?"`,
    );
  });

  test('unknown in a nested mapping', async () => {
    expect(await messageOf(changed('ratePerSecond: 100', 'ratePerSecond: 100, rate: 3'))).toMatchInlineSnapshot(
      `"p.yaml:2:33: unknown key in \`arrivals\`: got \`rate\`, expected one of ratePerSecond, shape, daySeconds, startUtcHour. Remove it."`,
    );
  });

  test('unknown in the long form of an origin', async () => {
    expect(await messageOf(changed('{ share: 0.3,', '{ share: 0.3, acces: 1,'))).toMatchInlineSnapshot(
      `"p.yaml:6:25: unknown key in \`origins.london\`: got \`acces\`, expected one of share, access, measuredRttMs. Did you mean \`access\`?"`,
    );
  });

  test('written twice', async () => {
    expect(await messageOf(`${GOOD}  tokyo: 0.5\n`)).toMatchInlineSnapshot(
      `"p.yaml:8:3: duplicate key: got \`tokyo\` again, expected each key once. Remove one of the two."`,
    );
  });

  test('missing', async () => {
    expect(await messageOf(changed('arrivals: { ratePerSecond: 100 }', 'arrivals: {}'))).toMatchInlineSnapshot(
      `"p.yaml:2:1: \`arrivals.ratePerSecond\` is missing: expected a number from 0.01 to 100000 per second. Add \`ratePerSecond:\`."`,
    );
  });

  test('without a value', async () => {
    expect(await messageOf(changed('title: Three cities', 'title:'))).toMatchInlineSnapshot(
      `"p.yaml:1:7: \`title\` is invalid: got nothing, expected text. Correct it."`,
    );
  });

  test('that would reach into the prototype', async () => {
    expect(await messageOf(changed('title:', '__proto__: { title: x }\ntitle:'))).toMatchInlineSnapshot(
      `"p.yaml:1:1: unknown key in the file: got \`__proto__\`, expected one of title, arrivals, durationSeconds, session, cohorts, retries, access, tenants, keys, mix, origins. Remove it."`,
    );
  });
});

describe('a number', () => {
  test.each([
    ['-5', 'negative'],
    ['.nan', 'not a number'],
    ['.inf', 'without end'],
    ['1e300', 'huge'],
    ['0', 'zero'],
    ['"100"', 'in quotes'],
    ['many', 'a word'],
    ['[100]', 'a list'],
  ])('of %s (%s) is refused as a rate', async (value) => {
    expect(await messageOf(changed('ratePerSecond: 100', `ratePerSecond: ${value}`))).toMatchSnapshot();
  });

  test('that is a share beyond 0 to 1', async () => {
    expect(await messageOf(changed('tokyo: 0.5', 'tokyo: 50'))).toMatchInlineSnapshot(
      `"p.yaml:5:10: \`origins.tokyo\` is invalid: got 50, expected a share above 0 and up to 1, such as 0.18 for 18 %. Lower it."`,
    );
    expect(await messageOf(changed('tokyo: 0.5', 'tokyo: -0.5'))).toMatchInlineSnapshot(
      `"p.yaml:5:10: \`origins.tokyo\` is invalid: got -0.5, expected a share above 0 and up to 1, such as 0.18 for 18 %. Raise it."`,
    );
    expect(await messageOf(changed('tokyo: 0.5', 'tokyo: 0'))).toMatchInlineSnapshot(
      `"p.yaml:5:10: \`origins.tokyo\` is invalid: got 0, expected a share above 0 and up to 1, such as 0.18 for 18 %. Raise it."`,
    );
    expect(await messageOf(changed('share: 0.3', 'share: .nan'))).toMatchInlineSnapshot(
      `"p.yaml:6:20: \`origins.london.share\` is invalid: got NaN, expected a share above 0 and up to 1, such as 0.18 for 18 %. Correct it."`,
    );
  });

  test('that must be whole', async () => {
    expect(await messageOf(`${GOOD}keys: { count: 2.5 }\n`)).toMatchInlineSnapshot(
      `"p.yaml:8:16: \`keys.count\` is invalid: got 2.5, expected a whole number from 1 to 10000000. Correct it."`,
    );
  });
});

describe('shares', () => {
  test('that sum to less than 1', async () => {
    expect(await messageOf(changed('tokyo: 0.5', 'tokyo: 0.47'))).toMatchInlineSnapshot(
      `"p.yaml:4:1: the shares of \`origins\` do not sum to 1: got 0.97 (tokyo 0.47, london 0.3, new-york 0.2), expected 1 within 0.000001. Add 0.03 in total."`,
    );
  });

  test('that sum to more than 1', async () => {
    expect(await messageOf(changed('list: 0.5', 'list: 0.75'))).toMatchInlineSnapshot(
      `"p.yaml:3:1: the shares of \`mix\` do not sum to 1: got 1.25 (list 0.75, get 0.5), expected 1 within 0.000001. Remove 0.25 in total."`,
    );
  });

  test('of an origin’s own access networks', async () => {
    expect(await messageOf(changed('{ fixed: 1 }', '{ fixed: 0.5, mobile: 0.4 }'))).toMatchInlineSnapshot(
      `"p.yaml:6:25: the shares of \`origins.london.access\` do not sum to 1: got 0.9 (fixed 0.5, mobile 0.4), expected 1 within 0.000001. Add 0.1 in total."`,
    );
  });

  test('of no origin', async () => {
    expect(await messageOf(GOOD.replace(/origins:[^]*/, 'origins: {}\n'))).toMatchInlineSnapshot(
      `"p.yaml:4:1: the shares of \`origins\` do not sum to 1: got 0, expected 1 within 0.000001. Add 1 in total."`,
    );
  });

  test('rounded to thirds are scaled to 1', async () => {
    const path = join(folder, 'thirds.yaml');
    const thirds = 'tokyo: 0.3333333\n  london: 0.3333333\n  new-york: 0.3333333\n';
    await writeFile(path, GOOD.replace(/origins:[^]*/, `origins:\n  ${thirds}`));
    const { profile } = await readProfile(path);
    expect(profile.origins.reduce((sum, o) => sum + o.share, 0)).toBeCloseTo(1, 12);
  });
});

describe('a name inside the file', () => {
  test('an unknown city gets the nearest names', async () => {
    expect(await messageOf(changed('tokyo:', 'tokio:'))).toMatchInlineSnapshot(
      `"p.yaml:5:3: unknown city: got \`tokio\`, expected a city of the atlas, such as tokyo, oslo, sofia. Use one of these, or add the city to src/geo/data/cities.csv."`,
    );
  });

  test('an unknown access network, cohort or shape', async () => {
    expect(await messageOf(changed('{ fixed: 1 }', '{ fibre: 1 }'))).toMatchInlineSnapshot(
      `"p.yaml:6:35: unknown key in \`origins.london.access\`: got \`fibre\`, expected one of fixed, mobile, data-centre. Remove it."`,
    );
    expect(await messageOf(`${GOOD}cohorts: { fresh: 0.5, stick: 0.5 }\n`)).toMatchInlineSnapshot(
      `"p.yaml:8:24: unknown key in \`cohorts\`: got \`stick\`, expected one of fresh, ttl, sticky, direct. Did you mean \`sticky\`?"`,
    );
    expect(
      await messageOf(changed('{ ratePerSecond: 100 }', '{ ratePerSecond: 100, shape: poison }')),
    ).toMatchInlineSnapshot(
      `"p.yaml:2:40: \`arrivals.shape\` is invalid: got "poison", expected one of uniform, poisson, day. Did you mean \`poisson\`?"`,
    );
  });

  test('a day length without `shape: day`', async () => {
    expect(
      await messageOf(changed('{ ratePerSecond: 100 }', '{ ratePerSecond: 100, daySeconds: 60 }')),
    ).toMatchInlineSnapshot(
      `"p.yaml:2:33: \`arrivals.daySeconds\` is only allowed with \`shape: day\`: got \`shape: poisson\`, expected \`shape: day\`. Set \`shape: day\`, or remove the line."`,
    );
  });
});

test('several errors are reported in one message', async () => {
  const bad = `titel: x
arrivals: { ratePerSecond: -1, shape: dayly }
mix: { list: 1 }
origins:
  tokio: 1
`;
  expect(await messageOf(bad)).toMatchInlineSnapshot(`
    "4 errors in the configuration
      p.yaml:1:1: unknown key in the file: got \`titel\`, expected one of title, arrivals, durationSeconds, session, cohorts, retries, access, tenants, keys, mix, origins. Did you mean \`title\`?
      p.yaml:2:28: \`arrivals.ratePerSecond\` is invalid: got -1, expected a number from 0.01 to 100000 per second. Raise it.
      p.yaml:2:39: \`arrivals.shape\` is invalid: got "dayly", expected one of uniform, poisson, day. Use one of them.
      p.yaml:5:3: unknown city: got \`tokio\`, expected a city of the atlas, such as tokyo, oslo, sofia. Use one of these, or add the city to src/geo/data/cities.csv."
  `);
});

test('users outside the home of their tenant need tenants with homes', async () => {
  const tenants = (block: string): string => changed('origins:', `tenants: ${block}\norigins:`);
  await expect(
    load(tenants('{ homes: { us-east-1: 1 }, travelShare: 0.1 }'), 'active-active'),
  ).resolves.toBeUndefined();
  expect(await messageOf(tenants('{ travelShare: 0.1 }'))).toMatchInlineSnapshot(
    `"p.yaml:4:12: \`travelShare\` is only allowed with \`homes:\`: got no \`homes:\`, expected \`homes:\`. Add \`homes:\`, or remove the line."`,
  );
  expect(await messageOf(tenants('{ homes: { eu: 0.5, us: 0.2 } }'))).toMatchInlineSnapshot(
    `"p.yaml:4:12: the shares of \`tenants.homes\` do not sum to 1: got 0.7 (eu 0.5, us 0.2), expected 1 within 0.000001. Add 0.3 in total."`,
  );
});

describe('a profile that does not fit the target', () => {
  test('names an operation that the target does not have', async () => {
    expect(await messageOf(changed('get: 0.5', 'gett: 0.5'), 'active-active')).toMatchInlineSnapshot(
      `"p.yaml:3:19: unknown operation of target active-active: got \`gett\`, expected one of list, get, create, update, delete, login, session-check, sign-in, asset, tracer-write, tracer-read, ledger-write, session-write, session-read, session-delete, cart-read, cart-write, cart-edit. Did you mean \`get\`?"`,
    );
  });

  test('exceeds the rate limit of the target', async () => {
    expect(
      await messageOf(changed('ratePerSecond: 100', 'ratePerSecond: 5000'), 'active-active'),
    ).toMatchInlineSnapshot(
      `"p.yaml:2:28: the rate exceeds the limit of the target: got 5000 per second, expected at most 1000 (targets/active-active/target.yaml:17:19). Pass \`--rate 1000\`, or raise the limit if the target may get more."`,
    );
  });

  test('exceeds the rate limit of the target with the steps of its journeys', async () => {
    const rate = changed('ratePerSecond: 100', 'ratePerSecond: 900');
    const mix = 'mix: { list: 0.8, sign-in: 0.2 }';
    expect(await messageOf(rate.replace('mix: { list: 0.5, get: 0.5 }', mix), 'active-active')).toMatchInlineSnapshot(
      `"p.yaml:2:28: the rate exceeds the limit of the target: got 900 per second (1080 with the steps of its journeys), expected at most 1000 (targets/active-active/target.yaml:17:19). Pass \`--rate 833.3\`, or raise the limit if the target may get more."`,
    );
  });

  test('has tenants in a jurisdiction that the target does not have', async () => {
    const tenants = 'tenants: { homes: { us-esat-1: 1 } }\norigins:';
    expect(await messageOf(changed('origins:', tenants), 'active-active')).toMatchInlineSnapshot(
      `"p.yaml:4:21: unknown jurisdiction of target active-active: got \`us-esat-1\`, expected one of us-east-1, eu-west-1, ap-southeast-1. Did you mean \`us-east-1\`?"`,
    );
  });

  test('gives a round trip to an unknown region', async () => {
    const origin = '{ share: 0.5, measuredRttMs: { us-esat-1: 150, eu-central-1: 220 } }';
    expect(await messageOf(changed('tokyo: 0.5', `tokyo: ${origin}`), 'active-active')).toMatchInlineSnapshot(
      `"p.yaml:5:41: unknown region in \`measuredRttMs\`: got \`us-esat-1\`, expected a region of target active-active (us-east-1, eu-west-1, ap-southeast-1) or of AWS. Did you mean \`us-east-1\`?"`,
    );
  });

  test('names the flag if the rate came from it', async () => {
    const [{ profile, file }, { target, file: targetFile }] = await Promise.all([
      readProfile('gate-test'),
      readTarget('active-active'),
    ]);
    profile.arrivals.ratePerSecond = 2000;
    expect(() =>
      checkProfileAgainstTarget(profile, target, { profile: file, target: targetFile, rateFrom: '--rate' }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[AntipodeError: --rate: the rate exceeds the limit of the target: got 2000 per second (2120 with the steps of its journeys), expected at most 1000 (targets/active-active/target.yaml:17:19). Pass \`--rate 943.3\`, or raise the limit if the target may get more.]`,
    );
  });
});
