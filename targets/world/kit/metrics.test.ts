import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type MetricsParts, worldMetrics } from './metrics.ts';
import { TruthLog } from './truth.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

/** A server that lists these proxies like a Toxiproxy. */
async function links(proxies: object): Promise<string> {
  const server = createServer((_, reply) => reply.end(JSON.stringify(proxies))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => once(server.close(), 'close'));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const REGIONS = ['us-east-1', 'eu-west-1', 'ap-southeast-1'];
const UNREACHABLE = 'http://127.0.0.1:1';

function world(change: Partial<MetricsParts> = {}): MetricsParts & { truth: TruthLog } {
  return {
    processes: [
      { describe: () => ({ name: 'api-eu-west-1', kind: 'api', region: 'eu-west-1', state: 'running', fault: null }) },
    ],
    truth: new TruthLog(),
    lag: { report: () => [{ region: 'eu-west-1', lagMs: 87.5, alert: false }] },
    regions: REGIONS,
    views: Object.fromEntries(REGIONS.map((id) => [id, { epoch: 1 }])),
    toxiproxyUrl: UNREACHABLE,
    ...change,
  };
}

/** Value of the series with these labels, in any order; undefined if there is none. */
async function value(parts: MetricsParts, name: string, labels: Record<string, string>): Promise<number | undefined> {
  const wanted = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  const line = (await worldMetrics(parts))
    .split('\n')
    .find((each) => each.startsWith(`${name}{`) && wanted.every((pair) => each.includes(pair)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

test('every family has its HELP and TYPE before its samples, and no series is duplicated', async () => {
  const text = await worldMetrics(
    world({ toxiproxyUrl: await links({ 'ingress-eu-west-1': { enabled: true, toxics: [] } }) }),
  );
  expect(text.endsWith('\n')).toBe(true);
  let family = '';
  const seen = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const [sign, word, name] = line.split(' ');
    if (sign !== '#') {
      expect(line).toMatch(/^antipode_world_[a-z_]+\{([a-z]+="[^"]*",?)+\} \d+(\.\d+)?$/);
      expect(line.startsWith(`${family}{`), line).toBe(true);
      expect(seen.has(line.split(' ')[0]!), line).toBe(false);
      seen.add(line.split(' ')[0]!);
    } else if (word === 'HELP') family = name!;
    else expect([word, name]).toEqual(['TYPE', family]);
  }
});

test('lag is in seconds, and its alert is a number', async () => {
  const parts = world({ lag: { report: () => [{ region: 'ap-southeast-1', lagMs: 1234.5, alert: true }] } });
  expect(await value(parts, 'antipode_world_replica_lag_seconds', { region: 'ap-southeast-1' })).toBe(1.2345);
  expect(await value(parts, 'antipode_world_replica_lag_alert', { region: 'ap-southeast-1' })).toBe(1);
});

test('a process has one state, and its fault is counted', async () => {
  const parts = world({
    processes: [
      {
        describe: () => ({ name: 'api-eu-west-1', kind: 'api', region: 'eu-west-1', state: 'frozen', fault: 'a "b"' }),
      },
    ],
  });
  const state = (name: string) =>
    value(parts, 'antipode_world_process_state', { process: 'api-eu-west-1', state: name });
  expect(await Promise.all(['running', 'stopped', 'frozen', 'paused'].map(state))).toEqual([0, 0, 1, 0]);
  expect(await value(parts, 'antipode_world_faults', { place: 'api-eu-west-1', kind: 'api' })).toBe(1);
});

test('the routing metrics follow the newest events of a region', async () => {
  const parts = world();
  const seen = () =>
    Promise.all(
      ['healthy', 'evacuated', 'answering'].map((what) =>
        value(parts, `antipode_world_routing_${what}`, { region: 'eu-west-1' }),
      ),
    );
  expect(await seen()).toEqual([1, 0, 1]);
  parts.truth.add('health-down', 'eu-west-1', '');
  parts.truth.add('routing-switched', 'eu-west-1', 'removed');
  expect(await seen()).toEqual([0, 0, 0]);
  parts.truth.add('evacuated', 'eu-west-1', 'manually');
  parts.truth.add('health-up', 'eu-west-1', '');
  expect(await seen()).toEqual([1, 1, 0]);
  parts.truth.add('evacuation-ended', 'eu-west-1', 'manually');
  parts.truth.add('routing-switched', 'eu-west-1', 'returned');
  expect(await seen()).toEqual([1, 0, 1]);
});

test('event counters start at 0, and still count events that the log has dropped', async () => {
  const parts = world();
  const count = () => value(parts, 'antipode_world_events_total', { event: 'promoted', region: 'eu-west-1' });
  expect(await count()).toBe(0);
  parts.truth.add('promoted', 'eu-west-1', 'epoch 2');
  for (let i = 0; i < 10_000; i += 1) parts.truth.add('name-moved', 'us-east-1', 'lima');
  expect(parts.truth.events.some(({ what }) => what === 'promoted')).toBe(false);
  expect(await count()).toBe(1);
});

test('toxics and a disabled proxy are faults of the link; links are absent when Toxiproxy is unreachable', async () => {
  const toxiproxyUrl = await links({
    'ingress-eu-west-1': { enabled: false, toxics: [{}, {}] },
    'sync-us-east-1-eu-west-1': { enabled: true, toxics: [] },
    'primary-us-east-1-epoch-2': { enabled: true, toxics: [{}] },
  });
  const at = (place: string, kind: string, region: string) =>
    value(world({ toxiproxyUrl }), 'antipode_world_faults', { place, kind, region });
  expect(await at('ingress-eu-west-1', 'ingress', 'eu-west-1')).toBe(3);
  expect(await at('sync-us-east-1-eu-west-1', 'sync', 'us-east-1')).toBe(0);
  expect(await at('primary-us-east-1-epoch-2', 'primary', 'us-east-1')).toBe(1);
  expect(await value(world(), 'antipode_world_faults', { kind: 'ingress' })).toBeUndefined();
  expect(await value(world(), 'antipode_world_faults', { kind: 'api' })).toBe(0);
});
