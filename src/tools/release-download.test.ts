import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { releaseDownload } from './release-download.ts';
import { PLATFORM } from './tool.ts';

let folder: string;
let server: Server;
let sent: Buffer;
let status: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-release-'));
  await mkdir(join(folder, 'program-v1'));
  await writeFile(join(folder, 'program-v1', 'program'), '#!/bin/sh\necho 1.0.0\n');
  await execa('tar', ['-czf', join(folder, 'program.tar.gz'), '-C', folder, 'program-v1']);
  sent = await readFile(join(folder, 'program.tar.gz'));
  status = 200;
  server = createServer((_request, response) => response.writeHead(status).end(sent)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.env['ANTIPODE_RELEASES'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  delete process.env['ANTIPODE_RELEASES'];
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function download(sha256: string): Promise<string> {
  const stage = join(folder, 'stage');
  await mkdir(stage);
  const method = releaseDownload({
    version: '1.0.0',
    repository: 'some/program',
    executable: 'program',
    assets: { [PLATFORM]: { file: 'program.tar.gz', member: 'program-v1/program', sha256 } },
  });
  expect(await method.whyUnavailable()).toBeNull();
  await method.install(stage, undefined);
  return stage;
}

const hash = () => createHash('sha256').update(sent).digest('hex');

describe('a release', () => {
  test('with the pinned hash is unpacked to one executable file', async () => {
    const stage = await download(hash());
    expect(await readdir(stage)).toEqual(['program']);
    expect((await stat(join(stage, 'program'))).mode & 0o111).toBe(0o111);
  });

  test('with one byte changed is refused before it is unpacked', async () => {
    const pinned = hash();
    sent = Buffer.from(sent);
    sent[10] = (sent[10] ?? 0) ^ 1;
    await expect(download(pinned)).rejects.toThrow(`has SHA-256 ${hash()}, expected ${pinned}: it was not unpacked`);
    expect(await readdir(join(folder, 'stage'))).toEqual([]);
  });

  test('that does not exist or cannot be reached is an error with its URL', async () => {
    status = 404;
    await expect(download(hash())).rejects.toThrow(/program\.tar\.gz returned status 404/);
    server.close();
    server.closeAllConnections();
    await rm(join(folder, 'stage'), { recursive: true });
    await expect(download(hash())).rejects.toThrow(/program\.tar\.gz cannot be reached: .*ECONNREFUSED/);
  });

  test('for another platform is unavailable, not attempted', async () => {
    const method = releaseDownload({ version: '1.0.0', repository: 'some/program', executable: 'program', assets: {} });
    expect(await method.whyUnavailable()).toBe(`there is no release for ${PLATFORM}`);
  });
});
