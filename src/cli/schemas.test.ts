import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { CITIES } from '../geo/atlas.ts';
import { generatedSchemas } from './schemas.ts';

test('the schema files are what the schemas of src/config give (else: npm run schemas)', async () => {
  for (const [path, wanted] of generatedSchemas()) expect(await readFile(path, 'utf8')).toBe(wanted);
});

test('the schema of profiles offers every city of the atlas to the editor, and no key that is unknown', () => {
  const [text] = [...generatedSchemas()].filter(([path]) => basename(path) === 'profile.schema.json').map((e) => e[1]);
  const schema = JSON.parse(text!) as {
    additionalProperties: boolean;
    properties: { origins: { propertyNames: { enum: string[] } } };
  };
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties.origins.propertyNames.enum).toEqual(CITIES.map((c) => c.id));
});
