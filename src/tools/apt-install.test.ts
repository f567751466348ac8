import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aptInstall } from './apt-install.ts';

const path = process.env['PATH'];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-apt-'));
  process.env['PATH'] = `${folder}:${path}`;
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(folder, { recursive: true, force: true });
});

/** An apt-get that keeps a log and cannot install what the stale lists name until they are updated. */
async function plantApt(whenUpdated: string): Promise<void> {
  await writeFile(
    join(folder, 'apt-get'),
    `#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >> ${folder}/log
case $1 in
  update) touch ${folder}/updated ;;
  install) [ -e ${folder}/updated ] || { echo '404 Not Found' >&2; exit 100; }; ${whenUpdated} ;;
esac
`,
  );
  await chmod(join(folder, 'apt-get'), 0o755);
}

test('apt lists that are missing or stale are updated before packages are given up', async () => {
  await plantApt('exit 0');
  let stage = '';
  const method = aptInstall({ packages: ['redis-tools'], afterwards: async (given) => void (stage = given) });
  await method.install('the stage', undefined);
  const log = (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  expect(log.at(-2)).toMatch(/^noninteractive update /);
  expect(log.at(-1)).toMatch(/^noninteractive install .*--no-install-recommends redis-tools$/);
  expect(stage).toBe('the stage');
});

test('a package that apt cannot install is an error with the output of apt', async () => {
  await plantApt("echo 'E: Unable to locate package' >&2; exit 100");
  const method = aptInstall({ packages: ['nothing'], afterwards: async () => {} });
  await expect(method.install(folder, undefined)).rejects.toThrow(/exit code 100\n.*E: Unable to locate package/);
});
