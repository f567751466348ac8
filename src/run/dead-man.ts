import { spawn } from 'node:child_process';

/** Ends a process group and removes a directory once its stdin has ended; SIGKILL if SIGINT does not do. */
const SCRIPT =
  'cat >/dev/null; kill -INT -- "-$1" 2>/dev/null && sleep 3; kill -KILL -- "-$1" 2>/dev/null; rm -rf -- "$2"';

/**
 * Makes sure that process group `pgid` does not outlive this process, whatever kills it: a shell holds the other end of
 * a pipe from us, and the system closes ours with the last breath. It removes `workDir` too. Linux and macOS.
 */
export function endWithUs(pgid: number, workDir: string): { release(): void } {
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
