import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../errors.ts';

const PROGRAM = `
  import { Command } from ${JSON.stringify(import.meta.resolve('commander'))};
  import { addDoctorCommand } from ${JSON.stringify(new URL('./doctor.ts', import.meta.url).href)};
  const program = new Command();
  addDoctorCommand(program);
  await program.parseAsync(process.argv.slice(1), { from: 'user' });`;

const TOOLS = {
  k6: 'k6 v2.2.0 (x)',
  'toxiproxy-server': 'toxiproxy-server version 2.12.0',
  'redis-server': 'Redis server v=7.0.15 sha=0',
  postgres: 'postgres (PostgreSQL) 18.4',
  initdb: 'initdb (PostgreSQL) 18.4',
  pg_ctl: 'pg_ctl (PostgreSQL) 18.4',
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-doctor-'));
  await mkdir(join(folder, 'bin'));
  for (const [name, says] of Object.entries(TOOLS)) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\necho '${says}'\n`);
    await chmod(join(folder, 'bin', name), 0o755);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Report {
  ok: boolean;
  findings: { name: string; ok: boolean; has: string | null; where: string | null; fix: string | null }[];
}

/** Runs doctor with only the planted programs on PATH. */
async function doctor(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number | undefined; out: string }> {
  const node = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, 'doctor', ...args];
  const { exitCode, stdout } = await execa(process.execPath, node, {
    env: { PATH: join(folder, 'bin'), ANTIPODE_CACHE: join(folder, 'cache'), ...env },
    extendEnv: false,
    reject: false,
  });
  return { code: exitCode, out: stdout };
}

async function finding(name: string, env?: NodeJS.ProcessEnv): Promise<Report['findings'][number] | undefined> {
  const { out } = await doctor(['--json'], env);
  return (JSON.parse(out) as Report).findings.find((each) => each.name === name);
}

describe('doctor', { timeout: 60_000 }, () => {
  test('exits 0 if every tool is found, and lists paths and versions', async () => {
    const { code, out } = await doctor([]);
    expect({ code, last: out.split('\n').at(-1) }).toEqual({
      code: EXIT.pass,
      last: 'This machine is ready.',
    });
    expect(out).toMatch(new RegExp(`^ok +k6 +2\\.2\\.0 +>= 2\\.2 < 3 +${folder}/bin/k6$`, 'm'));
    expect(out).toMatch(new RegExp(`^ok +postgres +18\\.4 +major version 18 +${folder}/bin$`, 'm'));
  });

  test('does not require Chromium or Go', async () => {
    expect(await finding('chromium')).toMatchObject({ ok: false, has: null });
    expect(await finding('go')).toMatchObject({ ok: false, has: null });
    expect((await doctor(['--json'])).code).toBe(EXIT.pass);
  });

  test('exits 2 with the command that installs a missing tool, and lists the tools that are not usable', async () => {
    await writeFile(join(folder, 'bin', 'k6'), "#!/bin/sh\necho 'k6 v1.4.0 (x)'\n");
    const { code, out } = await doctor([]);
    expect(code).toBe(EXIT.usage);
    expect(out).toMatch(/^MISSING +k6 .*not usable: .*\/bin\/k6 is 1\.4\.0$/m);
    expect(out).toContain('  k6: npm run doctor -- --get\n');
  });

  test('exits 2 if a variable contains a path that is not the tool', async () => {
    const env = { ANTIPODE_K6: join(folder, 'bin', 'redis-server') };
    expect((await doctor([], env)).code).toBe(EXIT.usage);
    expect((await finding('k6', env))?.fix).toMatch(/^Correct ANTIPODE_K6, or unset it/);
  });

  test('lists what the machine has', async () => {
    const report = JSON.parse((await doctor(['--json'])).out) as Report;
    expect(report.findings.slice(7).map(({ name }) => name)).toEqual([
      'node',
      'cores',
      'memory',
      'disk',
      'open files',
      'ports',
      '/proc',
      'go',
    ]);
    expect(report.findings.find(({ name }) => name === 'node')?.has).toBe(process.versions.node);
  });
});
