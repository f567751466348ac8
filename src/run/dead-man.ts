import { spawn } from 'node:child_process';

/** Ends a process group and removes a directory once its stdin has ended; SIGKILL if SIGINT is not enough. */
const SCRIPT =
  'cat >/dev/null; kill -INT -- "-$1" 2>/dev/null && sleep 3; kill -KILL -- "-$1" 2>/dev/null; rm -rf -- "$2"';

/**
 * Ends process group `pgid` and removes `workDir` when this process exits, whatever kills it: a shell waits on the
 * other end of a pipe, which the system closes with this process. Linux and macOS.
 */
export function killOnExit(pgid: number, workDir: string): { release(): void } {
  const watcher = spawn('sh', ['-c', SCRIPT, 'antipode-dead-man', String(pgid), workDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.on('error', () => {});
  watcher.stdin?.on('error', () => {});
  return {
    release() {
      watcher.kill('SIGKILL');
    },
  };
}
