/** For tests: a process that holds the lock of a target until it is killed. */
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { Controls } from '../chaos/points.ts';

interface LockHolder extends Disposable {
  /** Kills it and waits for its exit, or for a zombie if `isBuried` was false. */
  kill(): Promise<void>;
}

/** `isBuried`: whether its parent reaps it. In a PID namespace shared by containers none does. */
export async function lockHolder(controls: Controls, runId: string, isBuried = true): Promise<LockHolder> {
  const module = new URL('../chaos/lock.ts', import.meta.url).href;
  const script = `import { lockControls } from ${JSON.stringify(module)};
    await lockControls(${JSON.stringify(controls)}, ${JSON.stringify(runId)});
    console.log(process.pid); setInterval(() => {}, 1000);`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  // A shell that execs a program which never reaps the child.
  const command = isBuried ? node : ['sh', '-c', '"$@" & exec sleep 60 >/dev/null', 'sh', ...node];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = Number(line);
  return {
    async kill() {
      process.kill(pid, 'SIGKILL');
      const state = (): Promise<string> => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') gone');
      await expect.poll(state).toMatch(isBuried ? /\) gone/ : /\) Z/);
    },
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}
