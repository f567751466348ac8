import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { EXIT } from '../errors.ts';

// Whole resolutions in processes of their own, with a planted `go` as the only program on PATH.
const INDEX = new URL('./index.ts', import.meta.url).href;
const PROGRAM = `
  import { resolveTools } from ${JSON.stringify(INDEX)};
  const stop = new AbortController();
  if (process.env.HANDLES_SIGNALS) process.on('SIGINT', () => stop.abort());
  try {
    const paths = await resolveTools(JSON.parse(process.env.NAMES), (m) => console.error(m), stop.signal);
    console.log(JSON.stringify(paths));
  } catch (error) {
    console.error(error.message);
    process.exit(error.exitCode ?? 99);
  }`;

/** Counts its builds, waits while `gate` exists, then writes what FAKE_GO names. */
const FAKE_GO = `#!/bin/sh
[ "$1" = version ] && echo 'go version go1.26.8 linux/amd64' && exit 0
while [ "$1" != -o ]; do shift; done
echo $$ > "$FAKE/pid"
echo build >> "$FAKE/builds"
while [ -e "$FAKE/gate" ]; do /bin/sleep 0.05; done
case "$FAKE_GO" in
  good) printf '#!/bin/sh\\necho "k6 v2.2.0 (planted)"\\n' > "$2" ;;
  old) printf '#!/bin/sh\\necho "k6 v1.4.0 (planted)"\\n' > "$2" ;;
  half) printf 'half' > "$2" ;;
  fails) echo 'compile: out of memory' >&2; exit 1 ;;
esac
/bin/chmod +x "$2"
`;

let folder: string;
let closedPort: number;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-tools-'));
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'go'), FAKE_GO);
  await chmod(join(folder, 'bin', 'go'), 0o755);
  // A closed port: the release download fails at once instead of reaching the network.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  closedPort = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
});

afterEach(async () => {
  await rm(join(folder, 'gate'), { force: true });
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  children.clear();
  await rm(folder, { recursive: true, force: true });
});

interface Resolution {
  child: ChildProcess;
  printed(): string;
  ended: Promise<{ code: number | null; paths: Record<string, string>; printed: string }>;
}

function resolve(env: NodeJS.ProcessEnv, names = ['k6']): Resolution {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM], {
    env: {
      PATH: join(folder, 'bin'),
      HOME: folder,
      FAKE: folder,
      NAMES: JSON.stringify(names),
      ANTIPODE_CACHE: join(folder, 'cache'),
      ANTIPODE_RELEASES: `http://127.0.0.1:${closedPort}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let [out, printed] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => ({
    code: code as number | null,
    paths: JSON.parse(out || '{}') as Record<string, string>,
    printed,
  }));
  return { child, printed: () => printed, ended };
}

const builds = async () => (await readFile(join(folder, 'builds'), 'utf8').catch(() => '')).split('\n').length - 1;
const cached = async () =>
  (await readdir(join(folder, 'cache', 'tools')).catch(() => [])).filter((name) => name !== 'locks');
const until = (condition: () => void | Promise<void>) => vi.waitFor(condition, { timeout: 40_000, interval: 50 });

// Each resolution starts Node and tsx once or twice: a generous timeout, for a busy machine.
describe('a missing tool', { timeout: 60_000 }, () => {
  test('is built once, reported with seconds, and found in the cache from then on', async () => {
    const first = await resolve({ FAKE_GO: 'good' }).ended;
    expect(first.printed).toMatch(/^k6: building v2\.2\.0 with Go .*\nk6: built in \d+\.\d s\n$/);
    const second = await resolve({ FAKE_GO: 'good' }).ended;
    expect(second).toEqual({ code: 0, paths: first.paths, printed: '' });
    expect(await builds()).toBe(1);
    expect(await cached()).toEqual([expect.stringMatching(/^k6-2\.2\.0-/)]);
  });

  test('is built once by two runs at once; the second waits and reports it', async () => {
    await writeFile(join(folder, 'gate'), '');
    const one = resolve({ FAKE_GO: 'good' });
    await until(async () => expect(await builds()).toBe(1));
    const other = resolve({ FAKE_GO: 'good' });
    await until(() =>
      expect(other.printed()).toBe(`k6: another run (process ${one.child.pid}) is installing it; waiting\n`),
    );
    await rm(join(folder, 'gate'));
    expect((await one.ended).paths).toEqual((await other.ended).paths);
    expect(await builds()).toBe(1);
  });

  test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
    'is built anew after a %s in the middle of its build',
    async (signal) => {
      await writeFile(join(folder, 'gate'), '');
      const stopped = resolve({ FAKE_GO: 'good' });
      await until(async () => expect(await builds()).toBe(1));
      stopped.child.kill(signal);
      await stopped.ended;
      expect((await cached()).filter((name) => !name.includes('.stage-'))).toEqual([]);
      await rm(join(folder, 'gate'));
      expect((await resolve({ FAKE_GO: 'good' }).ended).code).toBe(0);
      expect(await builds()).toBe(2);
      expect(await cached()).toEqual([expect.stringMatching(/^k6-2\.2\.0-/)]);
    },
  );

  test('is aborted on Ctrl-C by a program that handles it: exit 130, compiler stopped, nothing left', async () => {
    await writeFile(join(folder, 'gate'), '');
    const stopped = resolve({ FAKE_GO: 'good', HANDLES_SIGNALS: 'yes' });
    await until(async () => expect(await builds()).toBe(1));
    const compiler = Number(await readFile(join(folder, 'pid'), 'utf8'));
    stopped.child.kill('SIGINT');
    const { code, printed } = await stopped.ended;
    expect(code).toBe(EXIT.interrupted);
    expect(printed).toContain('Interrupted while installing k6; nothing was sent.');
    expect(await cached()).toEqual([]);
    expect(() => process.kill(compiler, 0)).toThrow('ESRCH');
  });

  test.each([
    ['fails', 'compile: out of memory'],
    ['half', 'does not run'],
    ['old', 'is 1.4.0'],
  ])('is an error with the manual steps when its build %s', async (FAKE_GO, why) => {
    const { code, printed } = await resolve({ FAKE_GO }).ended;
    expect(code).toBe(EXIT.usage);
    expect(printed).toContain(why);
    expect(printed).toContain('ANTIPODE_K6=/path/to/k6');
    expect(printed).toContain('brew install k6');
    expect(await cached()).toEqual([]);
  });

  test('is rebuilt when the cached one no longer runs', async () => {
    const { paths } = await resolve({ FAKE_GO: 'good' }).ended;
    await writeFile(paths['k6'] ?? '', 'half');
    const { code, printed } = await resolve({ FAKE_GO: 'good' }).ended;
    expect({ code, builds: await builds() }).toEqual({ code: 0, builds: 2 });
    expect(printed).toContain('built in');
  });

  test('is downloaded if there is no Go, and refused if the archive is not the pinned one', async () => {
    await rm(join(folder, 'bin', 'go'));
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('not the archive that was pinned');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const ANTIPODE_RELEASES = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { code, printed } = await resolve({ ANTIPODE_RELEASES }).ended;
      expect(code).toBe(EXIT.usage);
      expect(asked).toEqual([expect.stringMatching(/^\/grafana\/k6\/releases\/download\/v2\.2\.0\/k6-v2\.2\.0-/)]);
      expect(printed).toMatch(
        /Go is not usable.*has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}: it was not unpacked/s,
      );
      expect(await cached()).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('does not block the others: tools are installed in parallel, and all are tried before an error is thrown', async () => {
    await writeFile(join(folder, 'gate'), '');
    const both = resolve({ FAKE_GO: 'good' }, ['toxiproxy-server', 'postgres', 'k6']);
    await until(async () => {
      expect(await builds()).toBe(2);
      expect(both.printed()).toContain('postgres: unpacked in');
    });
    await rm(join(folder, 'gate'));
    const { code, printed } = await both.ended;
    // The planted compiler builds k6 for everything, which is not a toxiproxy-server.
    expect(code).toBe(EXIT.usage);
    expect(printed).toContain('toxiproxy-server was not found and could not be installed');
    expect((await cached()).map((name) => name.split('-')[0])).toEqual(['k6', 'postgres']);
  });
});
