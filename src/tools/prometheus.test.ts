import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkVersion } from './find.ts';
import { prometheus } from './prometheus.ts';

let folder: string;
const path = process.env['PATH'];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-prometheus-'));
  await mkdir(join(folder, 'stage'));
  process.env['PATH'] = `${folder}:${path}`;
});
afterEach(async () => {
  process.env['PATH'] = path;
  await rm(folder, { recursive: true, force: true });
});

async function plant(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

test('the package is only unpacked: both programs are there, its service and the rest of it are not', async () => {
  await plant('apt-get', 'touch prometheus_2.42.0_amd64.deb');
  await plant(
    'dpkg-deb',
    `mkdir -p "$3/usr/bin" "$3/lib/systemd"
for each in prometheus promtool tsdb; do printf '#!/bin/sh\\necho "%s, version 2.42.0+ds"\\n' $each > "$3/usr/bin/$each"; chmod +x "$3/usr/bin/$each"; done`,
  );
  const [method] = prometheus.methods;
  await method!.install(join(folder, 'stage'), undefined);
  expect(await readdir(join(folder, 'stage'))).toEqual(['bin']);
  expect(await readdir(join(folder, 'stage/bin'))).toEqual(['prometheus', 'promtool']);
  expect(await checkVersion(prometheus, join(folder, 'stage/bin'))).toEqual({ ok: true, version: '2.42.0' });
});

test('a package that apt cannot download is an error with the output of apt, and leaves nothing', async () => {
  await plant('apt-get', "echo 'E: Unable to locate package' >&2; exit 100");
  await expect(prometheus.methods[0]!.install(join(folder, 'stage'), undefined)).rejects.toThrow(
    /E: Unable to locate package/,
  );
  expect(await readdir(join(folder, 'stage'))).toEqual([]);
});
