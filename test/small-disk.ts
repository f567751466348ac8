/** A disk of its own that is soon full: a tmpfs, which only root can mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk extends AsyncDisposable {
  path: string;
  /** Takes what is free, to the last page. */
  fill(): void;
  /** Gives that back. */
  free(): void;
}

/** Why there can be none here, in words; null if there can. */
export const whyNoSmallDisk = (): string | null =>
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root can mount a disk that is full';

/** Mounts one; it is unmounted when disposed of. */
export async function smallDisk(kibibytes: number): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'small-disk', path]);
  } catch (error) {
    await rmdir(path);
    throw error;
  }
  const filler = join(path, 'filler');
  return {
    path,
    fill() {
      const fd = openSync(filler, 'a');
      try {
        for (const bytes of [1 << 20, 4096]) write(fd, Buffer.alloc(bytes));
      } finally {
        closeSync(fd);
      }
    },
    free: () => rmSync(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      // Lazily: who still writes there does not keep it from going.
      execFileSync('umount', ['--lazy', path]);
      await rmdir(path);
    },
  };
}

function write(fd: number, block: Buffer): void {
  try {
    for (;;) if (writeSync(fd, block) === 0) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
