import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { processTree } from '../../test/process-tree.ts';
import type { WorldFile } from '../formats/world-file.ts';
import { WORLDS } from '../config/worlds.ts';
import { attachWorld, checkWorld, startWorld } from './world.ts';

afterEach(() => vi.unstubAllEnvs());

async function directory() {
  const path = await mkdtemp(join(tmpdir(), 'antipode-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const world = (port: number): WorldFile => ({
  version: 1,
  world: 'active-active',
  defect: null,
  pid: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  routing: { url: `http://127.0.0.1:${port}`, ttlSeconds: 5, speed: 'fast', intervalMs: 1000, threshold: 3 },
  edge: { url: `http://127.0.0.1:${port}` },
  regions: [
    {
      id: 'us-east-1',
      role: 'primary',
      url: `http://127.0.0.1:${port}`,
      directUrl: `http://127.0.0.1:${port}`,
      postgresUrl: 'postgres://antipode@127.0.0.1:1/postgres',
      redisUrl: 'redis://127.0.0.1:1',
      rttToPrimaryMs: 0,
    },
  ],
  toxiproxy: { url: `http://127.0.0.1:${port}` },
  control: { url: `http://127.0.0.1:${port}` },
  links: [],
  processes: [],
  versions: {},
});

describe('a name of a world or defect', () => {
  it('is refused with the known ones and the likely one', () => {
    expect(() => checkWorld('activ-active', null)).toThrow(
      'unknown world: got "activ-active", expected active-active, single-brain. Did you mean `active-active`?',
    );
    expect(() => checkWorld('active-active', 'slow-regoin')).toThrow(
      /--defect: .* got "slow-regoin", expected slow-region, .*Did you mean `slow-region`\?/,
    );
    expect(() => checkWorld('constructor', null)).toThrow('unknown world');
  });

  it('is accepted where it is in the list', () => {
    for (const [name, { defects }] of Object.entries(WORLDS)) {
      for (const defect of [null, ...Object.keys(defects)]) expect(() => checkWorld(name, defect)).not.toThrow();
    }
  });
});

describe('attaching to a world', () => {
  it('names the file that is missing, not JSON, or not a world', async () => {
    await using dir = await directory();
    const path = join(dir.path, 'world.json');
    await expect(attachWorld(path)).rejects.toThrow(`${path}: not a valid world file: got ENOENT`);
    await writeFile(path, '{');
    await expect(attachWorld(path)).rejects.toMatchObject({ exitCode: 2 });
    await writeFile(path, JSON.stringify({ ...world(1), regions: [] }));
    await expect(attachWorld(path)).rejects.toThrow(/got regions: /);
    await writeFile(path, JSON.stringify({ ...world(1), edge: { url: 'http://example.com' } }));
    await expect(attachWorld(path)).rejects.toThrow(/got edge.url: /);
  });

  it('reports a world that does not respond', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as { port: number };
    gone.close();
    await once(gone, 'close');
    await using dir = await directory();
    const path = join(dir.path, 'world.json');
    await writeFile(path, JSON.stringify(world(port)));
    await expect(attachWorld(path)).rejects.toThrow(
      /is not running: got http:\/\/127\.0\.0\.1:\d+\/health does not respond/,
    );
  });
});

describe('a start that fails', () => {
  const tools = { postgres: '/bin', 'toxiproxy-server': '/bin/sh', 'redis-server': '/bin/sh' };

  it('names the missing program', async () => {
    const wrong = { ...tools, 'redis-server': '/no/redis-server', postgres: process.execPath };
    const start = startWorld({ world: 'active-active', defect: null, tools: wrong });
    await expect(start).rejects.toMatchObject({ exitCode: 4 });
    await expect(start).rejects.toThrow(/postgresBinDir: .*postgres is not executable \(ENOTDIR\)/);
  });

  it('leaves nothing, and quotes the program that exited', async () => {
    await using dir = await directory();
    await chmod(dir.path, 0o755);
    for (const name of ['postgres', 'initdb'])
      await writeFile(join(dir.path, name), '#!/bin/sh\necho "wrong library" >&2\nexit 3\n', { mode: 0o755 });
    vi.stubEnv('TMPDIR', dir.path);
    const idle = join(dir.path, 'idle');
    await writeFile(idle, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    const start = startWorld({
      world: 'active-active',
      defect: null,
      tools: { postgres: dir.path, 'toxiproxy-server': idle, 'redis-server': idle },
    });
    await expect(start).rejects.toThrow(/did not start: exit 1:\ninitdb exited with code 3:\n {2}wrong library/);
    expect((await readdir(dir.path)).filter((name) => name.startsWith('antipode-world-'))).toEqual([]);
    expect(processTree(process.pid).filter(({ command }) => command.includes('sleep 1000'))).toEqual([]);
  });

  it('ends at once when it is interrupted', async () => {
    const interrupt = new AbortController();
    const start = startWorld({ world: 'active-active', defect: null, tools, signal: interrupt.signal });
    interrupt.abort();
    await expect(start).rejects.toMatchObject({ exitCode: 130 });
  });
});
