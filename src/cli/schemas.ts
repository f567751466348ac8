/** `npm run schemas`: writes the JSON Schemas with which editors check the YAML files; `-- --check` only compares. */
import { readFile, writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { resultJsonSchema } from '../../reports/render/json.ts';
import { experimentSchema } from '../../chaos/experiment.ts';
import { jsonSchemaOf } from '../config/issue.ts';
import { profileSchema } from '../config/profile.ts';
import { targetSchema } from '../config/target-checks.ts';
import { usageError } from '../errors.ts';

interface PublishedSchema {
  file: URL;
  title: string;
  json: () => Record<string, unknown>;
}

/** Every generated schema; add yours here. */
const SCHEMAS: readonly PublishedSchema[] = [
  {
    file: new URL('../../geo-profiles/profile.schema.json', import.meta.url),
    title: 'Antipode geo profile: the traffic, its cities and its clients',
    json: () => jsonSchemaOf(profileSchema),
  },
  {
    file: new URL('../../targets/target.schema.json', import.meta.url),
    title: 'Antipode target: the system under test and its claims',
    json: () => jsonSchemaOf(targetSchema),
  },
  {
    file: new URL('../../chaos/experiments/experiment.schema.json', import.meta.url),
    title: 'Antipode experiment: load, faults and limits',
    json: () => jsonSchemaOf(experimentSchema),
  },
  {
    file: new URL('../../reports/result.schema.json', import.meta.url),
    title: 'Antipode run result: the verdicts of the judge, and the figures of the reports',
    json: resultJsonSchema,
  },
];

/** The text of each generated schema file, by absolute path. */
export function generatedSchemas(): Map<string, string> {
  return new Map(
    SCHEMAS.map(({ file, title, json }) => {
      const { $schema, ...schema } = json();
      return [fileURLToPath(file), `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`];
    }),
  );
}

export function addSchemasCommand(program: Command): void {
  program
    .command('schemas')
    .description('write the JSON Schemas of profiles, targets, experiments and results')
    .option('--check', 'change nothing; fail if a schema file is out of date')
    .action(async ({ check }: { check?: boolean }) => {
      for (const [path, wanted] of generatedSchemas()) {
        const shown = relative(process.cwd(), path);
        const present = await readFile(path, 'utf8').catch(() => '');
        if (present === wanted) {
          console.log(`${shown} is up to date`);
        } else if (check) {
          throw usageError({
            where: shown,
            what: 'the schema file is out of date',
            got: present === '' ? 'no file' : 'a different schema',
            expected: 'the schema generated from the source',
            next: 'Run `npm run schemas` and commit the file.',
          });
        } else {
          await writeFile(path, wanted);
          console.log(`${shown} written`);
        }
      }
    });
}
