/**
 * A corpus of sealed runs, to verify that refactoring the judge changes no verdict.
 *
 *   node --import tsx test/corpus/main.ts record <folder of runs> <folder of essences>
 *   node --import tsx test/corpus/main.ts compare <folder of runs> <folder of essences>
 *
 * `record` judges every sealed run and writes the result of each; `compare` judges them again and prints every
 * difference (exit 1 if there is one). The runs are those that `npm run test:all` leaves in `runs/`, and those that
 * invalid.ts writes. What is in test/corpus runs in a tree of version 1 (up to commit 641130b) too: copy it there, with
 * essence-of-1.ts as essence.ts, write and record there, and compare here.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isSealed } from '../../reports/seal.ts';
import { essenceOf } from './essence.ts';

const [command, runs, essences] = process.argv.slice(2);
if (!['record', 'compare'].includes(command ?? '') || !runs || !essences) {
  console.error('usage: test/corpus/main.ts record|compare <folder of runs> <folder of essences>');
  process.exit(2);
}
await mkdir(essences, { recursive: true });
const sealed = (await readdir(runs)).filter((name) => isSealed(join(runs, name))).toSorted();
// A newer run has no recorded essence.
const names = command === 'record' ? sealed : sealed.filter((name) => existsSync(join(essences, `${name}.json`)));
let differing = 0;
for (const name of names) {
  const now = await essenceOf(join(runs, name));
  const path = join(essences, `${name}.json`);
  if (command === 'record') {
    await writeFile(path, `${JSON.stringify(now, null, 1)}\n`);
    continue;
  }
  const before = JSON.parse(await readFile(path, 'utf8')) as unknown;
  const differences = differencesOf(before, JSON.parse(JSON.stringify(now)), '');
  differing += differences.length > 0 ? 1 : 0;
  for (const difference of differences) console.log(`${name}${difference}`);
}
console.log(`${names.length} runs ${command === 'record' ? 'recorded' : `compared, ${differing} differ`}`);
process.exitCode = differing > 0 ? 1 : 0;

/** Where two JSON values differ, as `.path: before -> now`. */
function differencesOf(before: unknown, now: unknown, path: string): string[] {
  if (Object.is(before, now)) return [];
  if (typeof before === 'object' && typeof now === 'object' && before && now) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differencesOf((before as Record<string, unknown>)[key], (now as Record<string, unknown>)[key], `${path}.${key}`),
    );
  }
  return [`${path}: ${JSON.stringify(before)} -> ${JSON.stringify(now)}`];
}
