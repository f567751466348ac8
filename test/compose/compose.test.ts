import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../antipode.ts';
import { breaks } from '../contract/breaks.ts';
import { serves } from '../contract/serves.ts';
import { broken } from '../shared-world.ts';
import type { RunResult } from '../../reports/run-result.ts';
import { whyUnavailable } from './can-run.ts';
import { type Composed, composed } from './composed.ts';
import { type Engine, startEngine } from './engine.ts';
import { loadStandIns, OFFICIAL_IMAGES } from './stand-ins.ts';

const reason = await whyUnavailable();
if (reason !== null) console.error(`Not run: ${reason}`);

const log = (line: string): void => console.error(line);
const RUN_MS = 400_000;
/** Exit code of a run on a busy machine, which is not a defect of Antipode. */
const INVALID = 4;
/** A stall of the machine can also leave a short run without enough evidence. */
const UNDECIDED = [3, INVALID];
const MAX_ATTEMPTS = 4;

describe.skipIf(reason !== null)('The world of docker-compose.yml', () => {
  let engine: Engine;
  let docker: Composed;

  beforeAll(async () => {
    engine = await startEngine(log);
    const { engine: version, compose } = engine.versions;
    log(`Docker ${version}, Compose ${compose}; all third-party images are stand-ins built here:`);
    for (const { image, version: is, madeFrom } of await loadStandIns(engine, OFFICIAL_IMAGES, log))
      log(`  ${image}: ${is}, ${madeFrom}`);
    docker = await composed(engine);
    await timed('build', () => docker.compose(['build'], { timeoutMs: 600_000 }));
  }, 1_200_000);
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  }, 120_000);

  const up = (env: Record<string, string> = {}): Promise<unknown> =>
    timed('up --wait', () => docker.compose(['up', '--wait'], { env, timeoutMs: 180_000 }));
  const down = (): Promise<unknown> => timed('down -v', () => docker.compose(['down', '-v'], { timeoutMs: 60_000 }));

  /** Runs a service to its exit, and again after these exit codes. Returns the exit code and files of the last run. */
  async function run(args: string[], env: Record<string, string> = {}, again: readonly number[] = [INVALID]) {
    for (let attempt = 1; ; attempt += 1) {
      const { exitCode, stdout, stderr } = await timed(args.slice(0, 3).join(' '), () =>
        docker.compose(['run', '--rm', '-T', ...args], { env, timeoutMs: RUN_MS, reject: false }),
      );
      const [, id] = /^Antipode (\S+)/m.exec(stderr) ?? [];
      const folder = join(ROOT, 'runs', id ?? '');
      const file = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
      const result = id
        ? await file('result.json').then(
            (text) => JSON.parse(text) as RunResult,
            () => null,
          )
        : null;
      if (again.includes(exitCode ?? -1) && attempt < MAX_ATTEMPTS) {
        log(`${result?.verdict}, again: ${result?.why ?? stderr.slice(-500)}`);
        continue;
      }
      return { exitCode, stdout, stderr, result, file };
    }
  }

  it('is valid under the Compose specification, which rejects an unknown key', async () => {
    await docker.compose(['--profile', '*', 'config', '--quiet']);
    const wrong = await engine.docker(['compose', '-f', '-', 'config', '--quiet'], {
      input: 'services: { api: { image: "redis:8.0.6", healthchek: {} } }',
      reject: false,
    });
    expect([wrong.exitCode, wrong.stderr]).toEqual([expect.any(Number), expect.stringContaining('healthchek')]);
    expect(wrong.exitCode).not.toBe(0);
  });

  const given = async () => ({ ...(await docker.world()), stop: () => Promise.resolve() });

  describe('once it is up', () => {
    beforeAll(() => up(), 200_000);
    afterAll(() => down(), 100_000);

    describe('serves', () => {
      serves(given);
    });

    it('lets a region reach another one only through a link', async () => {
      const dial = (to: string) =>
        docker.compose(['exec', '-T', 'api-us-east-1', 'timeout', '3', 'bash', '-c', `exec 3<>/dev/tcp/${to}`], {
          reject: false,
        });
      const { stdout: address } = await engine.docker([
        'inspect',
        '-f',
        '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
        (await docker.compose(['ps', '-q', 'postgres-eu-west-1'])).stdout.trim(),
      ]);
      expect((await dial('postgres-us-east-1/5432')).exitCode).toBe(0);
      expect((await dial('postgres-eu-west-1/5432')).exitCode).not.toBe(0);
      expect((await dial(`${address.trim()}/5432`)).exitCode).not.toBe(0);
    });

    it('passes a quick load, and the report names the engine and the versions of its servers', async () => {
      const args = ['load', '--profile', 'gate-test', '--rate', '60', '--duration', '50'];
      const { exitCode, stderr, result, file } = await run(args, {}, UNDECIDED);
      expect([exitCode, result?.verdict], stderr.slice(-2_000)).toEqual([0, 'PASS']);
      expect(result!.servers).toEqual({
        postgres: expect.stringMatching(/^18\./),
        redis: expect.stringMatching(/^8\./),
        toxiproxy: '2.12.0',
        node: expect.stringMatching(/^v20\./),
        engine: expect.stringContaining(engine.versions.engine),
      });
      for (const name of ['report.html', 'summary.md']) {
        expect(await file(name)).toContain(engine.versions.engine);
        expect(await file(name)).toContain(result!.servers['postgres']);
      }
    });

    it('has, with the profile observability, a Prometheus with the metrics of the world and k6', async () => {
      const profiles = ['--profile', 'world', '--profile', 'observability'];
      await docker.compose([...profiles, 'up', '--wait', 'prometheus'], { timeoutMs: 120_000 });
      const output = ['--out', 'experimental-prometheus-rw'];
      const { result } = await run(['load', '--profile', 'gate-test', '--rate', '20', '--duration', '15', ...output]);
      const ask = async (query: string): Promise<unknown[]> => {
        const url = `http://127.0.0.1:9090/api/v1/query?query=${encodeURIComponent(query)}`;
        return ((await (await fetch(url)).json()) as { data: { result: unknown[] } }).data.result;
      };
      await expect.poll(() => ask(`k6_http_reqs_total{run="${result!.runId}"}`), { timeout: 20_000 }).not.toEqual([]);
      await expect.poll(() => ask('antipode_world_replica_lag_seconds'), { timeout: 20_000 }).toHaveLength(2);
      await docker.compose([...profiles, 'rm', '--stop', '--force', 'prometheus']);
    });

    const OUTAGE = ['-v', './test/experiments:/antipode/test/experiments:ro', 'chaos'].concat([
      'test/experiments/short-outage.yaml',
      '--rate',
      '60',
    ]);

    it('passes a region outage, and the fault is fully reverted', async () => {
      const { exitCode, stderr, result } = await run(OUTAGE, {}, UNDECIDED);
      expect([exitCode, result?.verdict], stderr.slice(-2_000)).toEqual([0, 'PASS']);
      const { file } = await docker.world();
      expect(await broken(file)).toEqual([]);
    });

    it('rejects a second experiment during the first, and the keeper reverts the fault when the first container is removed', async () => {
      const { file } = await docker.world();
      const first = 'antipode-test-victim';
      await docker.compose(['run', '-d', '--name', first, ...OUTAGE]);
      let runId = '';
      try {
        const said = async (): Promise<string> => (await engine.docker(['logs', first])).stderr;
        await expect.poll(said, { timeout: 90_000 }).toMatch(/ ready$/m);
        const second = await docker.compose(['run', '--rm', '-T', ...OUTAGE], { reject: false });
        expect([second.exitCode, second.stderr]).toEqual([2, expect.stringContaining('another run')]);
        await expect.poll(() => broken(file), { timeout: 90_000 }).not.toEqual([]);
        [, runId = ''] = /^Antipode (\S+)/m.exec(await said())!;
      } finally {
        await engine.docker(['rm', '--force', first]);
      }
      await expect.poll(() => broken(file), { timeout: 20_000 }).toEqual([]);
      const kept = async (): Promise<string> => (await docker.compose(['logs', '--no-log-prefix', 'keeper'])).stdout;
      await expect.poll(kept, { timeout: 20_000 }).toContain(`${runId} has ended: `);
      const heal = ['run', '--rm', '-T', 'heal', '--world', '/run/antipode/world/world.json'];
      const { exitCode, stdout, stderr } = await docker.compose(heal, { reject: false });
      expect(exitCode, stdout + stderr).toBe(0);
      expect(stdout).not.toContain('undone');
    });
  });

  describe('under faults', () => {
    beforeAll(() => up(), 200_000);
    afterAll(() => down(), 100_000);
    breaks(given);
  });

  it('stops when one of its servers is killed, and a running load becomes INVALID', async () => {
    const load = 'antipode-test-load';
    await up();
    try {
      await docker.compose(['run', '-d', '--name', load, 'load', '--profile', 'gate-test', '--rate', '60']);
      const said = async (): Promise<string> => (await engine.docker(['logs', load])).stderr;
      await expect.poll(said, { timeout: 90_000 }).toContain(' baseline ');
      await docker.compose(['kill', 'redis-us-east-1']);
      const { stdout: exitCode } = await engine.docker(['wait', load], { timeoutMs: 180_000 });
      expect(exitCode.trim(), await said()).toBe(String(INVALID));
      const { stdout, stderr } = await docker.compose(['logs', 'world']);
      expect(stdout + stderr).toContain('the world is broken: redis-us-east-1 exited');
    } finally {
      await engine.docker(['rm', '--force', load]);
      await down();
    }
  });

  it('leaves nothing in the engine after docker compose down', async () => {
    expect(await docker.left()).toEqual([]);
  });

  it('fails with a planted defect, as on the host', async () => {
    const env = { ANTIPODE_DEFECT: 'slow-region' };
    await up(env);
    try {
      const { exitCode, result } = await run(
        ['load', '--profile', 'gate-test', '--rate', '60', '--duration', '40'],
        env,
      );
      expect([exitCode, result?.verdict]).toEqual([1, 'FAIL']);
      const failed = result!.cells.filter(({ gating, status }) => gating && status === 'FAIL');
      expect(failed.map(({ claim, subject }) => `${claim} ${subject}`)).toEqual(['read-p99 eu-west-1']);
    } finally {
      await down();
    }
  });

  it('starts single-brain as well, which passes a quick load', async () => {
    const env = { ANTIPODE_WORLD: 'single-brain', ANTIPODE_DATABASE_IN_EUROPE: 'none' };
    await up(env);
    try {
      const args = ['load', '--target', 'single-brain', '--profile', 'gate-test', '--rate', '100', '--duration', '70'];
      const { exitCode, stderr, result } = await run(args, env, UNDECIDED);
      expect([exitCode, result?.verdict], stderr.slice(-2_000)).toEqual([0, 'PASS']);
      const running = (await docker.compose(['ps', '--services'], { env })).stdout.split('\n');
      expect(running).not.toContain('postgres-eu-west-1');
    } finally {
      await docker.compose(['down', '-v'], { env, timeoutMs: 60_000 });
    }
  });

  it('does not start with an unknown defect, and lists the known ones', async () => {
    const { exitCode } = await docker.compose(['up', '--wait'], {
      env: { ANTIPODE_DEFECT: 'slow-regoin' },
      timeoutMs: 120_000,
      reject: false,
    });
    expect(exitCode).not.toBe(0);
    const { stdout, stderr } = await docker.compose(['logs', 'world']);
    expect(stdout + stderr).toMatch(/unknown ANTIPODE_DEFECT "slow-regoin"; expected .*slow-region/);
    await down();
  });

  async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
    const beganMs = performance.now();
    const result = await act();
    log(`${what}: ${((performance.now() - beganMs) / 1000).toFixed(1)} s`);
    return result;
  }
});
