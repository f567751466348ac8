import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { AntipodeError, EXIT } from '../errors.ts';
import { profileSchema } from './profile.ts';
import { targetSchema } from './target-checks.ts';
import { readYaml } from './yaml-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-yaml-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A usage error has a place: the file, with line and column once it is parsed. */
const READ_OR_REFUSED = /^read$|(^|\n {2})\S+\.yaml(:\d+:\d+)?: /;

/** 'read', or the message of the usage error; anything else that is thrown passes through and fails the test. */
async function outcomeOf(content: string | Uint8Array, schema: z.ZodType): Promise<string> {
  const path = join(folder, 'any.yaml');
  await writeFile(path, content);
  return readYaml(path, schema).then(
    () => 'read',
    (error: unknown) => {
      if (error instanceof AntipodeError && error.exitCode === EXIT.usage) return error.message;
      throw error;
    },
  );
}

describe('any content of a file', () => {
  test('text or bytes: is read or refused with its place, never anything else', async () => {
    const texts = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(texts, async (content) => {
        expect(await outcomeOf(content, profileSchema)).toMatch(READ_OR_REFUSED);
      }),
      { numRuns: 150 },
    );
  });

  test('values under the keys of a profile or a target: likewise', async () => {
    const anything = fc
      .anything({ withNullPrototype: false, maxDepth: 3 })
      .filter((v) => JSON.stringify(v) !== undefined);
    const keys = [
      'title',
      'arrivals',
      'session',
      'cohorts',
      'access',
      'mix',
      'origins',
      'tenants',
      'regions',
      'claims',
    ];
    const mappings = fc.dictionary(fc.constantFrom(...keys, 'operations', 'headers', 'observe', 'routing'), anything);
    await fc.assert(
      fc.asyncProperty(mappings, async (mapping) => {
        const content = stringify(JSON.parse(JSON.stringify(mapping)));
        expect(await outcomeOf(content, profileSchema)).toMatch(READ_OR_REFUSED);
        expect(await outcomeOf(content, targetSchema)).toMatch(READ_OR_REFUSED);
      }),
      { numRuns: 150 },
    );
  });
});

test('a place is that of the value, of the key, or of the nearest parent of a missing one', async () => {
  const path = join(folder, 'places.yaml');
  await writeFile(path, '# first\na:\n  - b: 1\n    c: {d: 2}\n');
  const { file } = await readYaml(path, z.unknown());
  const place = (at: (string | number)[], what?: 'key') => file.at(at, what).replace(/.*\.yaml/, '');
  expect(place(['a'], 'key')).toBe(':2:1');
  expect(place(['a', 0])).toBe(':3:5');
  expect(place(['a', 0, 'b'], 'key')).toBe(':3:5');
  expect(place(['a', 0, 'b'])).toBe(':3:8');
  expect(place(['a', 0, 'c', 'd'])).toBe(':4:12');
  expect(place(['a', 0, 'c', 'missing'])).toBe(':4:5');
  expect(place(['nothing', 'of', 'it'])).toBe(':2:1');
});

test('windows line ends and a byte order mark are read like any other', async () => {
  const path = join(folder, 'windows.yaml');
  await writeFile(path, '\uFEFFa: 1\r\nb: 2\r\n');
  const { value, file } = await readYaml(path, z.strictObject({ a: z.number(), b: z.number() }));
  expect(value).toEqual({ a: 1, b: 2 });
  expect(file.at(['b'])).toMatch(/:2:4$/);
});
