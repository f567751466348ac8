import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { WorldFile } from '../src/formats/world-file.ts';
import { attachWorld, type RunningWorld, startWorld } from '../src/run/world.ts';
import { resolveTools } from '../src/tools/index.ts';
import { underTest } from './world-under-test.ts';
import { sendRequest } from './http.ts';
import { breaks } from './contract/breaks.ts';
import { eventually } from './contract/given-world.ts';
import { serves } from './contract/serves.ts';
import { type KnownProcess, processTree, stillRunning } from './process-tree.ts';

const startHealthy = async (): Promise<RunningWorld> => {
  const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
  return startWorld({ world: 'active-active', defect: null, tools });
};

describe('the world active-active on this machine', () => {
  serves(startHealthy);
});

describe('the world active-active on this machine, under faults', () => {
  breaks(startHealthy);
});

describe('stopping a world', () => {
  /** No process and no directory is left. */
  const nothingLeft = async (tree: KnownProcess[], path: string): Promise<void> => {
    expect(tree.length).toBeGreaterThan(20);
    await eventually(() => expect(stillRunning(tree)).toEqual([]));
    await eventually(() => expect(existsSync(dirname(path))).toBe(false));
  };

  it('takes less than two seconds and leaves nothing behind', async () => {
    await using world = await startHealthy();
    const tree = processTree(world.file.pid);
    const beganMs = performance.now();
    await world.stop();
    expect(performance.now() - beganMs).toBeLessThan(2_000);
    expect(stillRunning(tree)).toEqual([]);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('is not caused by the signal that aborts a start', async () => {
    const interrupt = new AbortController();
    const tools = await resolveTools(['postgres', 'toxiproxy-server', 'redis-server']);
    await using world = await startWorld({
      world: 'active-active',
      defect: null,
      tools,
      signal: interrupt.signal,
    });
    interrupt.abort();
    // A round trip to every part of the world: a stop would have begun by then.
    for (let i = 0; i < 5; i++) await attachWorld(world.worldFilePath);
    expect(stillRunning(processTree(world.file.pid)).length).toBeGreaterThan(20);
  });

  it('leaves nothing behind when its main process is killed, and is detected', async () => {
    await using world = await startHealthy();
    const tree = processTree(world.file.pid);
    process.kill(world.file.pid, 'SIGKILL');
    expect(await world.lost).toMatch(/SIGKILL/);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('leaves nothing behind when its main process is killed while others are frozen, stopped or paused', async () => {
    await using world = await startHealthy();
    const { act } = underTest(world.file);
    const fault = { fault: 'test' };
    const tree = processTree(world.file.pid);
    await act('database-eu-west-1', 'freeze', fault);
    await act('database-us-east-1', 'freeze', fault);
    await act('api-eu-west-1', 'freeze', fault);
    await act('store-eu-west-1', 'freeze', fault);
    await act('database-ap-southeast-1', 'pause', fault);
    await act('api-ap-southeast-1', 'stop', fault);
    await act('store-ap-southeast-1', 'stop', fault);
    process.kill(world.file.pid, 'SIGKILL');
    expect(await world.lost).toMatch(/SIGKILL/);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('happens when one of its servers is killed, leaves nothing behind and names the server', async () => {
    await using world = await startHealthy();
    const tree = processTree(world.file.pid);
    process.kill(tree.find(({ command }) => command.includes('redis-server'))!.pid, 'SIGKILL');
    expect(await world.lost).toMatch(/the world is broken: redis-\S+ was killed by SIGKILL/);
    await nothingLeft(tree, world.worldFilePath);
  });

  it('leaves nothing behind when its main process is killed during the start', async () => {
    const start = startHealthy().then(
      async (world) => {
        await world.stop();
        return 'started';
      },
      (error: Error) => error.message,
    );
    const mine = (program: string) => processTree(process.pid).filter(({ command }) => command.includes(program));
    const command = (await eventually(() => {
      const [first] = mine('data-us-east-1');
      expect(first).toBeDefined();
      return first!.command;
    })) as string;
    const main = mine('targets/world/host/main.ts')[0]!;
    const tree = processTree(main.pid);
    const directory = /(\/\S*antipode-world-\w+)\//.exec(command)![1]!;
    process.kill(main.pid, 'SIGKILL');
    expect(await start).toMatch(/^The world active-active did not start: exit SIGKILL/);
    await eventually(() => expect(stillRunning(tree)).toEqual([]));
    await eventually(() => expect(existsSync(directory)).toBe(false));
  });

  describe('with npm run world', () => {
    async function kept(...more: string[]) {
      const command = spawn(
        process.execPath,
        ['--import', 'tsx', 'src/cli/main.ts', 'world', 'active-active', '--json', ...more],
        {
          detached: true,
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const ended = once(command, 'exit');
      const [line] = (await once(createInterface({ input: command.stdout }), 'line')) as [string];
      const file = JSON.parse(line) as WorldFile & { fis?: { url: string; scale: number } };
      const tree = processTree(file.pid);
      const directory = /(\/\S*antipode-world-\w+)\//.exec(tree.map((process) => process.command).join('\n'))![1]!;
      const dispose = () => void (command.exitCode ?? command.signalCode ?? command.kill('SIGTERM'));
      return { command, ended, file, tree, path: `${directory}/world.json`, [Symbol.dispose]: dispose };
    }

    it('leaves nothing behind after Ctrl-C and exits with 0', async () => {
      using world = await kept();
      world.command.kill('SIGINT');
      expect(await world.ended).toEqual([0, null]);
      expect(stillRunning(world.tree)).toEqual([]);
      await nothingLeft(world.tree, world.path);
    });

    it('stops its FIS endpoint too, if it has one', async () => {
      using world = await kept('--fis', '--fis-scale', '60');
      const { url, scale } = world.file.fis!;
      expect(scale).toBe(60);
      const { json } = await sendRequest('GET', `${url}/_local`);
      expect(json).toMatchObject({ endpoint: 'antipode-local-fis', regions: expect.arrayContaining(['eu-west-1']) });
      world.command.kill('SIGINT');
      expect(await world.ended).toEqual([0, null]);
      await nothingLeft(world.tree, world.path);
      await expect(fetch(`${url}/_local`)).rejects.toThrow(/fetch failed/);
    });

    it('leaves nothing behind when the command is killed', async () => {
      using world = await kept();
      world.command.kill('SIGKILL');
      await nothingLeft(world.tree, world.path);
    });

    it('leaves nothing behind when the command and the main process are killed together', async () => {
      using world = await kept();
      world.command.kill('SIGKILL');
      process.kill(world.file.pid, 'SIGKILL');
      await nothingLeft(world.tree, world.path);
    });
  });
});
