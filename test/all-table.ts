/**
 * Prints what `npm run test:all` showed, as a Markdown table, from the JSON counts that vitest wrote into the folder
 * given: `ANTIPODE_TEST_COUNTS=<folder> npm run test:all; node --import tsx test/all-table.ts <folder>`.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

interface Counted {
  testResults: {
    name: string;
    assertionResults: { title: string; status: string; duration?: number }[];
  }[];
}

const folder = process.argv[2] ?? '.';
console.log('| test | what it shows | result | seconds |\n|---|---|---|---|');
for (const name of (await readdir(folder)).toSorted((a, b) => (a < b ? -1 : 1))) {
  const { testResults } = JSON.parse(await readFile(join(folder, name), 'utf8')) as Counted;
  for (const file of testResults) {
    const path = relative(join(import.meta.dirname, '..'), file.name);
    if (!/^test\/(?:all|compose)\/|\.run\.test\.ts$/.test(path)) continue;
    for (const { title, status, duration } of file.assertionResults) {
      console.log(`| \`${path}\` | ${title} | ${status} | ${((duration ?? 0) / 1000).toFixed(1)} |`);
    }
  }
}
