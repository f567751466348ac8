import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../src/tools/cache.ts';
import { processTree, stillRunning } from '../process-tree.ts';
import { whyUnavailable } from './can-run.ts';
import { type Engine, startEngine } from './engine.ts';
import { leftoversOf } from './leftovers.ts';
import { composeProject, type Project } from './project.ts';
import { loadStandIns, OFFICIAL_IMAGES, type StandIn } from './stand-ins.ts';

const log = (message: string) => console.error(message);

beforeAll(async () => {
  const why = await whyUnavailable();
  if (why !== null) throw new Error(why);
});

describe('on the tests’ own Docker engine', () => {
  let engine: Engine;
  let standIns: StandIn[];

  beforeAll(async () => {
    engine = await startEngine(log);
    log(`Docker engine ${engine.versions.engine}, Compose ${engine.versions.compose}, runc ${engine.versions.runc}`);
    standIns = await loadStandIns(engine, OFFICIAL_IMAGES, log);
    for (const { standsFor, madeFrom } of standIns) log(`${standsFor}, made from ${madeFrom}`);
  });
  afterAll(async () => await engine?.[Symbol.asyncDispose]());

  /** Starts a project and waits until it is healthy, without pulling images. */
  async function up(files: Record<string, string>): Promise<Project> {
    const project = await composeProject(engine, files);
    try {
      await project.compose(['up', '--detach', '--wait', '--wait-timeout', '90', '--pull', 'never']);
      return project;
    } catch (error) {
      const log = (await project.compose(['logs', '--no-color'], { reject: false })).stdout;
      await project[Symbol.asyncDispose]();
      throw new Error(`${String(error)}\n${log.split('\n').slice(-40).join('\n')}`, { cause: error });
    }
  }

  test('every image contains the version of its tag', () => {
    // Node is this machine's, possibly newer.
    for (const { image, version } of standIns.filter((one) => !one.image.startsWith('node:'))) {
      expect(`${version}.`, image).toSatisfy((said: string) => said.startsWith(`${/:v?([\d.]+)/.exec(image)![1]}.`));
    }
  });

  test('PostgreSQL initialises, serves on 127.0.0.1 and streams to a replica made by pg_basebackup', async () => {
    await using project = await up(POSTGRES);
    expect(await project.inside('primary', ['id', '-u'])).toBe('0');
    expect(await project.inside('primary', ['stat', '-c', '%U', '/proc/1'])).toBe('postgres');
    const ask = (service: string, sql: string) =>
      project.inside(service, ['psql', '-h', '127.0.0.1', '-U', 'shop', '-d', 'shop', '-Atc', sql]);
    expect(await ask('primary', 'SHOW server_version')).toMatch(/^18\./);
    expect(await ask('primary', 'SELECT name FROM thing')).toBe('from the script');
    await ask('primary', "INSERT INTO thing VALUES ('written later')");
    expect(await ask('replica', 'SELECT pg_is_in_recovery()')).toBe('t');
    await expect
      .poll(() => ask('replica', "SELECT count(*) FROM thing WHERE name = 'written later'"), { timeout: 20_000 })
      .toBe('1');
    expect(await ask('primary', 'SELECT state FROM pg_stat_replication')).toBe('streaming');
    const { Client } = (await import('pg')).default;
    const client = new Client({
      connectionString: `postgres://shop:secret@${await project.address('primary', 5432)}/shop`,
    });
    await client.connect();
    expect((await client.query('SELECT count(*)::int AS count FROM thing')).rows).toEqual([{ count: 2 }]);
    await client.end();
  });

  test('Redis serves as user 999, without capabilities and on a read-only disk', async () => {
    await using project = await up(REDIS);
    expect(await project.inside('redis', ['id', '-u'])).toBe('999');
    expect(await project.inside('redis', ['redis-cli', 'SET', 'key', 'value'])).toBe('OK');
    expect(await project.inside('redis', ['sed', '-n', 's/^CapEff:\\s*//p', '/proc/1/status'])).toMatch(/^0+$/);
    const written = await project.compose(['exec', '-T', 'redis', 'touch', '/etc/file'], { reject: false });
    expect(written.stderr).toContain('Read-only file system');
    // Started as root, it drops its privileges.
    expect(await project.inside('rooted', ['stat', '-c', '%U', '/proc/1'])).toBe('redis');
  });

  test('Toxiproxy lists the proxies of its -config, and forwards to Redis', async () => {
    await using project = await up(TOXIPROXY);
    const api = `http://${await project.address('toxiproxy', 8474)}`;
    const proxies = (await (await fetch(`${api}/proxies`)).json()) as Record<string, { enabled: boolean }>;
    expect(Object.keys(proxies)).toEqual(['to-redis']);
    expect(await project.inside('toxiproxy', ['/toxiproxy-cli', 'list'])).toContain('to-redis');
    expect(await project.inside('redis', ['redis-cli', '-h', 'toxiproxy', '-p', '16379', 'PING'])).toBe('PONG');
  });

  test('Node prints its version, and docker compose build runs npm ci', async () => {
    const version = await engine.docker(['run', '--rm', '--user', 'node', 'node:20-bookworm-slim', '--version']);
    expect(version.stdout).toBe(process.version);
    await using project = await composeProject(engine, await npmProject());
    await project.compose(['build'], { timeoutMs: 180_000 });
    const { stdout } = await project.compose(['run', '--rm', 'app']);
    expect(stdout).toContain('function');
  });

  test('k6 runs a script', async () => {
    const script = 'export default () => { console.log("one iteration"); }';
    const args = ['run', '--rm', '--interactive', 'grafana/k6:2.2.0', 'run', '--no-usage-report', '-'];
    const { stderr } = await engine.docker(args, { input: script });
    expect(stderr).toContain('one iteration');
  });

  test('Prometheus becomes ready and scrapes itself', async () => {
    await using project = await up(PROMETHEUS);
    const address = `http://${await project.address('prometheus', 9090)}`;
    const scraped = async () => {
      const answer = await fetch(`${address}/api/v1/query?query=up`);
      const body = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
      return body.data.result.map(({ value }) => value[1]);
    };
    await expect.poll(scraped, { timeout: 30_000 }).toEqual(['1']);
  });

  test('an image that is not loaded fails at once', async () => {
    const args = ['run', '--rm', '--pull', 'never', 'alpine:3'];
    expect((await engine.docker(args, { reject: false })).stderr).toContain('No such image');
  });
});

describe('an engine that has stopped', () => {
  test('after its disposal, leaves no process, mount, network interface, control group or directory', async () => {
    const engine = await startEngine(log);
    let tree;
    try {
      await loadStandIns(engine, ['redis:8.0.6'], log);
      await engine.docker(['network', 'create', 'mine']);
      await engine.docker(['run', '--detach', '--network', 'mine', '--publish', '127.0.0.1::6379', 'redis:8.0.6']);
      tree = processTree(engine.pid);
      expect(tree.some(({ command }) => command.startsWith('redis-server'))).toBe(true);
      expect((await leftoversOf(engine.directory)).join('\n')).toMatch(/process .*network interface .*control group/s);
    } finally {
      await engine[Symbol.asyncDispose]();
    }
    expect(stillRunning(tree)).toEqual([]);
    expect(await leftoversOf(engine.directory)).toEqual([]);
  });

  test('after SIGKILL of its test, stops its containers, and the next engine removes the rest', async () => {
    const victim = execa('node', ['--import', 'tsx', join(import.meta.dirname, 'engine-victim.ts')], {
      stdin: 'ignore',
      stderr: 'inherit',
      buffer: false,
      reject: false,
      timeout: 300_000,
      killSignal: 'SIGKILL',
    });
    const { directory, pid } = await firstLine(victim.stdout);
    const tree = processTree(pid);
    expect(tree.some(({ command }) => command.startsWith('redis-server'))).toBe(true);
    victim.kill('SIGKILL');
    await victim;
    await expect.poll(() => stillRunning(tree), { timeout: 20_000 }).toEqual([]);
    const left = await leftoversOf(directory);
    expect(left.join('\n')).toMatch(/network interface .*directory/s);
    await using engine = await startEngine(log);
    expect(engine.directory).not.toBe(directory);
    expect(await leftoversOf(directory)).toEqual([]);
  });
});

async function firstLine(stream: NodeJS.ReadableStream): Promise<{ directory: string; pid: number }> {
  for await (const line of createInterface({ input: stream })) return JSON.parse(line) as never;
  throw new Error('the victim exited before its engine was up');
}

/** One package from the repository's own lock file, and a Dockerfile that installs it. */
async function npmProject(): Promise<Record<string, string>> {
  const lock = JSON.parse(await readFile(join(REPOSITORY, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const name = 'commander';
  const entry = lock.packages[`node_modules/${name}`]!;
  const dependencies = { [name]: entry.version };
  const packages = { '': { name: 'app', dependencies }, [`node_modules/${name}`]: entry };
  return {
    'compose.yaml': 'services: { app: { build: { context: ., network: host }, network_mode: none } }\n',
    Dockerfile: `FROM node:20-bookworm-slim
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
USER node
CMD ["-p", "typeof require('${name}').Command"]
`,
    'package.json': JSON.stringify({ name: 'app', dependencies }),
    'package-lock.json': JSON.stringify({ name: 'app', lockfileVersion: 3, packages }),
  };
}

const POSTGRES = {
  'compose.yaml': `
services:
  primary:
    image: postgres:18.6
    environment: { POSTGRES_USER: shop, POSTGRES_PASSWORD: secret, POSTGRES_INITDB_ARGS: --data-checksums, PGPASSWORD: secret }
    command: ['-c', 'wal_level=replica']
    ports: ['127.0.0.1::5432']
    volumes: ['./init:/docker-entrypoint-initdb.d:ro', 'primary:/var/lib/postgresql']
    healthcheck: { test: [CMD, pg_isready, -h, 127.0.0.1, -U, shop], interval: 1s, start_period: 60s, start_interval: 500ms }
  replica:
    image: postgres:18.6
    user: '999:999'
    environment: { PGPASSWORD: secret }
    entrypoint: [bash, -ec]
    command: ['pg_basebackup -h primary -U shop -D "$$PGDATA" -R -X stream -c fast && exec postgres']
    depends_on: { primary: { condition: service_healthy } }
    volumes: ['replica:/var/lib/postgresql']
    healthcheck: { test: [CMD, pg_isready, -h, 127.0.0.1, -U, shop], interval: 1s, start_period: 60s }
volumes: { primary: {}, replica: {} }
`,
  'init/1-table.sql': "CREATE TABLE thing (name text); INSERT INTO thing VALUES ('from the script');\n",
  'init/2-replication.sh': 'echo "host replication all all scram-sha-256" >> "$PGDATA/pg_hba.conf"\n',
};

const REDIS = {
  'compose.yaml': `
services:
  redis:
    image: redis:8.0.6
    user: '999:999'
    read_only: true
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    tmpfs: ['/data:uid=999,gid=999']
    command: ['--appendonly', 'yes']
    healthcheck: { test: [CMD, redis-cli, ping], interval: 1s }
  rooted:
    image: redis:8.0.6
    healthcheck: { test: [CMD, redis-cli, ping], interval: 1s }
`,
};

const TOXIPROXY = {
  'compose.yaml': `
services:
  redis: { image: 'redis:8.0.6' }
  toxiproxy:
    image: ghcr.io/shopify/toxiproxy:2.12.0
    command: ['-host=0.0.0.0', '-config=/config/proxies.json']
    ports: ['127.0.0.1::8474']
    volumes: ['./proxies.json:/config/proxies.json:ro']
    healthcheck: { test: [CMD, /toxiproxy-cli, list], interval: 1s }
`,
  'proxies.json': JSON.stringify([
    { name: 'to-redis', listen: '0.0.0.0:16379', upstream: 'redis:6379', enabled: true },
  ]),
};

const PROMETHEUS = {
  'compose.yaml': `
services:
  prometheus:
    image: prom/prometheus:v3.5.3
    ports: ['127.0.0.1::9090']
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml:ro']
    healthcheck: { test: [CMD, wget, -qO-, 'http://127.0.0.1:9090/-/ready'], interval: 1s }
`,
  'prometheus.yml': `
global: { scrape_interval: 1s }
scrape_configs: [{ job_name: prometheus, static_configs: [{ targets: ['127.0.0.1:9090'] }] }]
`,
};
