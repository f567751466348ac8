import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallDisk, whyUnmountable } from '../../test/small-disk.ts';
import { writeSyntheticRun } from '../../test/synthetic/run.ts';

const ROOT = join(import.meta.dirname, '../..');
let runs: string;

beforeAll(async () => {
  runs = await mkdtemp(join(tmpdir(), 'antipode-runs-'));
  for (const runId of ['20260101-0000-first-aaaa', '20260102-0000-second-bbbb']) {
    await writeSyntheticRun(join(runs, runId), { runId, judgedMs: 20_000 });
  }
});
afterAll(() => rm(runs, { recursive: true, force: true }));

const report = (...args: string[]) =>
  execa(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'report', ...args], {
    cwd: ROOT,
    env: { ANTIPODE_RUNS: runs, NO_COLOR: '1' },
    reject: false,
    timeout: 30_000,
  });

describe('npm run report', () => {
  it('judges a run again and writes its reports, by id, by path, and the newest by `latest`', async () => {
    for (const [named, runId] of [
      ['20260101-0000-first-aaaa', '20260101-0000-first-aaaa'],
      [join(runs, '20260101-0000-first-aaaa'), '20260101-0000-first-aaaa'],
      ['latest', '20260102-0000-second-bbbb'],
    ] as const) {
      const { exitCode, stdout } = await report(named);
      expect(exitCode, stdout).toBe(0);
      expect(stdout).toContain(join(runId, 'report.html'));
      for (const file of ['report.html', 'junit.xml', 'summary.md']) {
        expect(await readFile(join(runs, runId, file), 'utf8')).toContain(file === 'summary.md' ? '## ' : runId);
      }
    }
  });

  it('prints only the result with --json', async () => {
    const { stdout } = await report('latest', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ version: 2, runId: '20260102-0000-second-bbbb' });
  });

  it('exits 0 for a run that is INVALID because a file was changed: it reports, it does not gate', async () => {
    const dir = join(runs, '20260103-0000-altered-cccc');
    await writeSyntheticRun(dir, { runId: '20260103-0000-altered-cccc', judgedMs: 20_000 });
    const recording = await readFile(join(dir, 'recording.log'), 'utf8');
    await writeFile(join(dir, 'recording.log'), recording.replace(/@r .*\n/, ''));
    const { exitCode, stdout } = await report(dir);
    expect(stdout).toContain('! INVALID');
    expect(stdout).toContain('! seal');
    expect(exitCode).toBe(0);
    await rm(dir, { recursive: true });
  });

  it('lists the newest runs and the nearest name if the run is unknown', async () => {
    const { exitCode, stderr } = await report('20260101-0000-first-aaab');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('a run, such as 20260102-0000-second-bbbb, 20260101-0000-first-aaaa');
    expect(stderr).toContain('Did you mean "20260101-0000-first-aaaa"?');
  });

  it('reports a full disk, and what to do', async ({ skip }) => {
    const noRoom = whyUnmountable();
    skip(noRoom !== null, noRoom ?? '');
    await using disk = await smallDisk(8 * 1024);
    const dir = join(disk.path, '20260101-0000-first-aaaa');
    await cp(join(runs, '20260101-0000-first-aaaa'), dir, { recursive: true });
    disk.fill();
    const { exitCode, stderr } = await report(dir);
    expect(stderr).toMatch(/the disk is full: got .*no space left on device.*ANTIPODE_RUNS/);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(exitCode).toBe(4);
  });

  it('refuses an unknown flag and a missing run with exit 2', async () => {
    expect((await report('latest', '--opne')).exitCode).toBe(2);
    expect((await report()).exitCode).toBe(2);
  });
});
