import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { httpServer, startToxiproxy, worldControl } from '../../test/fault-rig.ts';
import { clientOf, isRunning, makeWorld, run, when } from '../../test/fis-endpoint-rig.ts';

const PROGRAM = fileURLToPath(new URL('./main.ts', import.meta.url));

interface Started {
  child: ChildProcess;
  /** Its first line. */
  said: { url: string; scale: number; world: string; swept: string[] };
}

/** A world.json over a real Toxiproxy, and the program on it as often as it is wanted. */
async function rig() {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-fis-test-'));
  const toxiproxy = await startToxiproxy();
  const upstream = await httpServer();
  const control = await worldControl([]);
  const world = await makeWorld({ toxiproxy, control: control.control, upstreamPort: upstream.port });
  const path = join(directory, 'world.json');
  writeFileSync(path, JSON.stringify(world));
  const children: ChildProcess[] = [];
  const start = (args: string[], line?: object): ChildProcess => {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    children.push(child);
    if (line) child.stdin.write(`${JSON.stringify(line)}\n`);
    return child;
  };
  return {
    path,
    start,
    async up(args: string[], line?: object): Promise<Started> {
      const child = start(args, line);
      const [first] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
      return { child, said: JSON.parse(first) as Started['said'] };
    },
    /** How many proxies have a toxic of the endpoint. */
    async held(): Promise<number> {
      const { text } = await toxiproxy.call('GET', '/proxies');
      const all = Object.values(JSON.parse(text) as Record<string, { toxics: { name: string }[] }>);
      return all.filter(({ toxics }) => toxics.some(({ name }) => name.startsWith('fis.'))).length;
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill('SIGKILL');
      await control[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await toxiproxy.kill();
      rmSync(directory, { recursive: true });
    },
  };
}

/** An hour in which a region is cut off; resolves when it is. */
async function cutOff(url: string, held: () => Promise<number>): Promise<void> {
  const client = clientOf(url, 'eu-west-1');
  const id = await run(client, {
    targets: { all: { resourceType: 'aws:ec2:subnet', selectionMode: 'ALL', resourceTags: { Project: 'antipode' } } },
    actions: {
      cut: {
        actionId: 'aws:network:disrupt-connectivity',
        parameters: { duration: 'PT1H', scope: 'all' },
        targets: { Subnets: 'all' },
      },
    },
  });
  await when(client, id, isRunning);
  await expect.poll(held, { timeout: 5_000 }).toBe(8);
  client.destroy();
}

describe('the program of the endpoint', () => {
  it('prints its URL and the scale of its clock, and rolls back when it is stopped', async () => {
    await using on = await rig();
    const { child, said } = await on.up(['--world', on.path, '--scale', '60']);
    expect(said).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      scale: 60,
      world: 'active-active',
      swept: [],
    });
    await cutOff(said.url, on.held);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await on.held()).toBe(0);
  });

  it('takes its settings as JSON, and ends at the end of stdin', async () => {
    await using on = await rig();
    const { child, said } = await on.up([], { world: on.path, scale: 600 });
    expect(said.scale).toBe(600);
    await cutOff(said.url, on.held);
    child.stdin!.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await on.held()).toBe(0);
  });

  it('undoes what one before it had left when it was killed', async () => {
    await using on = await rig();
    const first = await on.up(['--world', on.path, '--scale', '60']);
    await cutOff(first.said.url, on.held);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect(await on.held()).toBe(8);
    const second = await on.up(['--world', on.path]);
    expect(second.said.swept).toEqual([expect.stringMatching(/^fis\.EXP\w+\.1$/)]);
    expect(await on.held()).toBe(0);
  });

  it.each([
    [['--world', '/nowhere/world.json'], /no such file/],
    [['--port', '80'], /world must be the path of a world\.json/],
    [['--world', 'package.json'], /is not a world\.json/],
    [['--speed', '5'], /Unknown option '--speed'/],
  ])('refuses %j', async (args, message) => {
    await using on = await rig();
    const child = on.start(args);
    let said = '';
    child.stderr!.on('data', (piece: Buffer) => (said += String(piece)));
    const [code] = (await once(child, 'close')) as [number];
    expect(said).toMatch(message);
    expect(code).toBe(2);
  });
});
