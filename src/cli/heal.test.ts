import { execa } from 'execa';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { smallDisk, whyUnmountable } from '../../test/small-disk.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUN = '20260101-0000-first-aaaa';

const heal = (runs: string, ...args: string[]) =>
  execa(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'heal', ...args], {
    cwd: ROOT,
    env: { ANTIPODE_RUNS: runs, NO_COLOR: '1' },
    reject: false,
    timeout: 30_000,
  });

/** The journal of a run that died during a fault, in a world that no longer exists: nothing listens on port 9. */
async function crashedRun(runs: string): Promise<void> {
  const fault = { runId: RUN, number: 1, expiresAt: 1_767_225_600 };
  const undo = [{ driver: 'world', fault, control: 'http://127.0.0.1:9', name: 'api-eu-west-1', action: 'stop' }];
  const event = { kind: 'fault-intent', fault: 1, faultKind: 'region-outage', params: {}, undo };
  await mkdir(join(runs, RUN), { recursive: true });
  const line = JSON.stringify({ seq: 0, at: '2026-01-01T00:00:00.000Z', ms: 0, event });
  await writeFile(join(runs, RUN, 'journal.jsonl'), `${line}\n{"seq":1,"at":"2026-01-01T00:0`);
}

describe('npm run heal', () => {
  it('reports a fault of a world that no longer exists once, as nothing to undo', async () => {
    const runs = await mkdtemp(join(tmpdir(), 'antipode-heal-'));
    try {
      await crashedRun(runs);
      const dry = await heal(runs, '--dry-run');
      expect(dry.stdout).toBe(`${RUN}: fault 1 (region-outage) at api-eu-west-1: open`);
      const first = await heal(runs);
      expect(first.stdout).toBe(
        `${RUN}: fault 1 (region-outage) at api-eu-west-1: nothing to undo: the target is gone`,
      );
      expect(first.exitCode).toBe(0);
      expect(await readFile(join(runs, RUN, 'healed.jsonl'), 'utf8')).toMatch(/"fault":1,"how":"nothing to undo/);
      expect((await heal(runs)).stdout).toBe('No open fault.');
    } finally {
      await rm(runs, { recursive: true });
    }
  });

  it('refuses --stand-by without a target, with a run or with --dry-run (exit 2)', async () => {
    for (const args of [['--stand-by'], ['some-run', '--stand-by', '--world', 'w.json'], ['--stand-by', '--dry-run']]) {
      const { exitCode, stderr } = await heal('/nowhere', ...args);
      expect(stderr).toMatch(/--stand-by/);
      expect(exitCode, stderr).toBe(2);
    }
  });

  it('does not report a failure if the disk is too full to record that a fault was undone', async ({ skip }) => {
    const noRoom = whyUnmountable();
    skip(noRoom !== null, noRoom ?? '');
    await using disk = await smallDisk(64);
    await crashedRun(disk.path);
    disk.fill();
    const { stdout, exitCode } = await heal(disk.path);
    expect(stdout).toMatch(
      /nothing to undo: the target is gone \(not recorded, so the next heal finds it again: .*no space left/,
    );
    expect(exitCode).toBe(0);
  });
});
