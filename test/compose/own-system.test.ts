import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { RunResult } from '../../reports/run-result.ts';
import { ROOT } from '../antipode.ts';
import { whyUnavailable } from './can-run.ts';
import { type Engine, startEngine } from './engine.ts';
import { composeProject, type Project } from './project.ts';
import { loadStandIns } from './stand-ins.ts';

// Antipode in the compose file of your own target (docs/compose.md): two regions of a small shop, Toxiproxy in front of
// each, and no part of the reference world.

const reason = await whyUnavailable();
const say = (line: string): void => console.error(line);
const REGIONS = ['us-east-1', 'eu-west-1'] as const;

const SHOP = `
  const { createServer } = require('node:http');
  createServer((request, reply) => {
    reply.setHeader('X-Region', process.env.REGION);
    reply.end(JSON.stringify({ path: request.url }));
  }).listen(8080);
`;
const COMPOSE = stringify({
  include: [join(ROOT, 'docker-compose.yml')],
  services: Object.fromEntries(
    REGIONS.map((region) => [
      `shop-${region}`,
      { image: 'node:20-bookworm-slim', init: true, command: ['node', '-e', SHOP], environment: { REGION: region } },
    ]),
  ),
});
const portOf = (region: (typeof REGIONS)[number]): number => 9001 + REGIONS.indexOf(region);
const FILES = {
  'compose.yaml': COMPOSE,
  'load-test/toxiproxy.json': JSON.stringify(
    REGIONS.map((region) => ({
      name: `shop-${region}`,
      listen: `0.0.0.0:${portOf(region)}`,
      upstream: `shop-${region}:8080`,
      enabled: true,
    })),
  ),
  'load-test/target.yaml': stringify({
    acknowledged: true,
    lanes: 'emulate',
    maxRatePerSecond: 100,
    allowHosts: ['own-toxiproxy'],
    regions: REGIONS.map((id) => ({ id, url: `http://own-toxiproxy:${portOf(id)}` })),
    observe: { region: 'X-Region' },
    operations: [{ name: 'list', path: '/products?page={key}' }],
    toxiproxies: [
      {
        control: 'http://own-toxiproxy:8474',
        links: REGIONS.map((region) => ({ proxy: `shop-${region}`, kind: 'ingress', region })),
      },
    ],
  }),
  'load-test/profile.yaml': stringify({
    title: 'Two cities',
    arrivals: { ratePerSecond: 20 },
    mix: { list: 1 },
    origins: { 'new-york': 0.5, london: 0.5 },
  }),
  'load-test/outage.yaml': stringify({
    title: 'Outage in Europe',
    hypothesis: 'Users in London are served elsewhere.',
    profile: 'targets/own/profile.yaml',
    with: { region: 'eu-west-1', face: 'refused' },
    baselineSeconds: 8,
    settleSeconds: 8,
    recoverySeconds: 8,
    faults: [{ kind: 'region-outage', forSeconds: 10 }],
    blastRadius: { requestShare: 0.6, seconds: 10 },
    limits: { rtoSeconds: 6 },
  }),
};

describe.skipIf(reason !== null)('The profile bring-your-own', () => {
  let engine: Engine;
  let project: Project;
  let env: Record<string, string>;
  beforeAll(async () => {
    engine = await startEngine(say);
    await loadStandIns(engine, ['ghcr.io/shopify/toxiproxy:2.12.0', 'grafana/k6:2.2.0', 'node:20-bookworm-slim'], say);
    project = await composeProject(engine, FILES);
    const { uid, gid } = await stat(join(ROOT, 'runs'));
    env = {
      COMPOSE_PROFILES: 'bring-your-own',
      ANTIPODE_OWN: join(project.directory, 'load-test'),
      ANTIPODE_USER: `${uid}:${gid}`,
    };
    // The build uses the machine's network, because this engine's containers have no access to the internet.
    await engine.docker(['build', '--network', 'host', '-t', 'antipode:local', '.'], { cwd: ROOT, timeoutMs: 600_000 });
  }, 1_200_000);
  afterAll(async () => {
    await compose(['down', '-v', '-t', '3']); // with the same environment, or services of its profiles stay
    await project?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  }, 120_000);

  const compose = (args: string[], timeoutMs = 120_000) => project.compose(args, { env, timeoutMs, reject: false });
  const run = async (service: string, args: string[]) => {
    const { stderr, exitCode } = await compose(['run', '--rm', '-T', service, ...args], 300_000);
    const [, id] = /^Antipode (\S+)/m.exec(stderr) ?? [];
    expect(id, stderr).toBeDefined();
    const result = JSON.parse(await readFile(join(ROOT, 'runs', id!, 'result.json'), 'utf8')) as RunResult;
    return { exitCode, stderr, result };
  };

  it('adds only Toxiproxy to your system until you start a load', async () => {
    const { exitCode, stderr } = await compose(['up', '--wait']);
    expect(exitCode, stderr).toBe(0);
    const { stdout } = await compose(['ps', '--services']);
    expect(stdout.split('\n').filter(Boolean).toSorted()).toEqual(
      ['own-toxiproxy', ...REGIONS.map((region) => `shop-${region}`)].toSorted(),
    );
  });

  it('trusts the public certificate authorities, whatever user it runs as', async () => {
    const file = '/etc/ssl/certs/ca-certificates.crt';
    const script = `
      const { X509Certificate } = require('node:crypto');
      const pem = require('node:fs').readFileSync('${file}', 'utf8');
      const all = pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g).map((one) => new X509Certificate(one));
      console.log(all.length, all.filter(({ ca }) => ca).length, all.some(({ subject }) => /ISRG Root X1/.test(subject)));
    `;
    const args = ['run', '--rm', '--user', '12345:12345', '--entrypoint', 'node', 'antipode:local', '-e', script];
    const { stdout, stderr } = await engine.docker(args);
    const [count, authorities, known] = stdout.trim().split(' ');
    expect(Number(count), stderr).toBeGreaterThan(80);
    expect([authorities, known]).toEqual([count, 'true']);
  });

  it('sends the load through the proxies and judges it', async () => {
    const { exitCode, result } = await run('own-load', ['--profile', 'targets/own/profile.yaml', '--quick']);
    // A quick run cannot decide 99.9 %, and a busy machine may make it INVALID. This test checks the serving region.
    expect([0, 3, 4]).toContain(exitCode);
    expect(result.conservation.recorded).toBeGreaterThan(100);
    const home = result.cells.filter(({ claim }) => claim === 'home-share');
    expect(home.map(({ subject, bad, total }) => [subject, bad, total > 0])).toEqual(
      REGIONS.map((id) => [id, 0, true]),
    );
  });

  it('breaks a region through those proxies, finds that no region takes over, and reverts the fault', async () => {
    const { exitCode, result, stderr } = await run('own-chaos', ['targets/own/outage.yaml']);
    expect([exitCode, result.verdict], stderr).toEqual([1, 'FAIL']);
    const failed = result.cells.filter(({ gating, status }) => gating && status === 'FAIL');
    expect(failed.map(({ claim }) => claim)).toEqual(['rto']);
    const { stdout } = await compose(['exec', '-T', 'own-toxiproxy', '/toxiproxy-cli', 'list']);
    for (const region of REGIONS) expect(stdout).toMatch(new RegExp(`shop-${region}.*\\benabled\\s+(0|None)\\b`));
  });
});
