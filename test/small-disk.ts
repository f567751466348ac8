/** A small disk for full-disk tests: a tmpfs, which needs root to mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk extends AsyncDisposable {
  path: string;
  /** Fills the disk completely. */
  fill(): void;
  /** Frees that space. */
  free(): void;
}

/** The reason why it cannot be mounted here; null if it can. */
export const whyUnmountable = (): string | null =>
  process.platform === 'linux' && process.getuid?.() === 0 ? null : 'only root on Linux can mount a full disk';

/** Mounts one; unmounts it on disposal. */
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
      // Lazily, so that a process that still writes there does not block it.
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
