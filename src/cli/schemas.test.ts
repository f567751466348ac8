import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { CITIES } from '../geo/atlas.ts';
import { addSchemasCommand, generatedSchemas } from './schemas.ts';

test('the schema files match the schemas in the source (else: npm run schemas)', async () => {
  for (const [path, wanted] of generatedSchemas()) expect(await readFile(path, 'utf8')).toBe(wanted);
});

test('the schema of profiles suggests every city of the atlas to the editor, and allows no unknown key', () => {
  const [text] = [...generatedSchemas()].filter(([path]) => basename(path) === 'profile.schema.json').map((e) => e[1]);
  const schema = JSON.parse(text!) as {
    additionalProperties: boolean;
    properties: { origins: { propertyNames: { enum: string[] } } };
  };
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties.origins.propertyNames.enum).toEqual(CITIES.map((c) => c.id));
});

test('--check reports every schema file as up to date, and writes nothing', async () => {
  const written = [...generatedSchemas().keys()];
  const before = await Promise.all(written.map((path) => stat(path)));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const program = new Command();
    addSchemasCommand(program);
    await program.parseAsync(['schemas', '--check'], { from: 'user' });
    expect(log.mock.calls.flat()).toEqual([
      'geo-profiles/profile.schema.json is up to date',
      'targets/target.schema.json is up to date',
      'chaos/experiments/experiment.schema.json is up to date',
      'reports/result.schema.json is up to date',
    ]);
  } finally {
    log.mockRestore();
  }
  const after = await Promise.all(written.map((path) => stat(path)));
  expect(after.map((s) => s.mtimeMs)).toEqual(before.map((s) => s.mtimeMs));
});
