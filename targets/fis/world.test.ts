import { type FisClient, StopExperimentCommand } from '@aws-sdk/client-fis';
import { describe, expect, it } from 'vitest';
import {
  type ControlProcess,
  HTTP_REQUEST,
  httpServer,
  openConnection,
  startToxiproxy,
  type ToxiproxyRig,
  worldControl,
} from '../../test/fault-rig.ts';
import {
  type Bench,
  isRunning,
  LINKS,
  makeWorld,
  REGIONS,
  run,
  startBench,
  when,
} from '../../test/fis-endpoint-rig.ts';
import type { WorldFacts } from './inventory.ts';
import { inventoryOf } from './inventory.ts';
import type { FisSettings } from './server.ts';

interface Stage extends AsyncDisposable {
  toxiproxy: ToxiproxyRig;
  processes: ControlProcess[];
  calls: string[];
  world: WorldFacts;
  bench: Bench;
  ports: Record<string, number>;
  /** What is wrong with each proxy of the world: `disabled`, and toxics that do something. */
  broken(): Promise<Record<string, string[]>>;
}

/** A real Toxiproxy with the links of `active-active`, processes that can be stopped, and an endpoint over them. */
async function stage(settings: Partial<FisSettings> = {}): Promise<Stage> {
  const toxiproxy = await startToxiproxy();
  const upstream = await httpServer();
  const processes = REGIONS.flatMap((region) =>
    (['api', 'database'] as const).map((kind): ControlProcess => {
      return { name: `${kind}-${region}`, kind, region, state: 'running', fault: null };
    }),
  );
  const control = await worldControl(processes);
  const world = await makeWorld({ toxiproxy, control: control.control, upstreamPort: upstream.port });
  const bench = await startBench(world, settings);
  const ports: Record<string, number> = {};
  for (const { proxy } of LINKS) ports[proxy] = Number((await toxiproxy.state(proxy))!.listen.split(':').at(-1));
  return {
    toxiproxy,
    processes,
    calls: control.calls,
    world,
    bench,
    ports,
    async broken() {
      const { text } = await toxiproxy.call('GET', '/proxies');
      const all = JSON.parse(text) as Record<string, { enabled: boolean; toxics: { type: string; stream: string }[] }>;
      const wrong = Object.entries(all).map(([name, { enabled, toxics }]): [string, string[]] => [
        name,
        [...(enabled ? [] : ['disabled']), ...toxics.map(({ type, stream }) => `${type} ${stream}`)].toSorted(),
      ]);
      return Object.fromEntries(wrong.filter(([, what]) => what.length > 0));
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await toxiproxy.kill();
    },
  };
}

const target = (resourceType: string, change: object = {}) => ({
  it: { resourceType, selectionMode: 'ALL', resourceTags: { Project: 'antipode' }, ...change },
});
const act = (actionId: string, slot: string, parameters: Record<string, string>) => ({
  fault: { actionId, parameters, targets: { [slot]: 'it' } },
});
/** Waits until the effects are visible, or gone. */
const SOON = { timeout: 10_000, interval: 20 };
/** Stops it, and resolves at its end. */
async function stop(client: FisClient, id: string): Promise<void> {
  await client.send(new StopExperimentCommand({ id }));
  expect((await when(client, id)).state!.status).toBe('stopped');
}
const DEAD = ['timeout downstream', 'timeout upstream'];
const ofRegion = (region: string): string[] =>
  LINKS.filter((link) => link.region === region || link.to === region).map(({ proxy }) => proxy);

describe('a region whose subnets are cut off', () => {
  const OUTAGE = {
    targets: target('aws:ec2:subnet'),
    actions: act('aws:network:disrupt-connectivity', 'Subnets', { duration: 'PT5M', scope: 'all' }),
  };

  it('does not respond, and recovers after its duration', async () => {
    await using on = await stage();
    using open = await openConnection(on.ports['ingress-eu-west-1']!, HTTP_REQUEST);
    const client = on.bench.fis('eu-west-1');
    const id = await run(client, OUTAGE);
    await when(client, id, isRunning);
    await expect
      .poll(() => on.broken(), SOON)
      .toEqual(Object.fromEntries(ofRegion('eu-west-1').map((proxy) => [proxy, DEAD])));
    expect((await open.send(300)).fate).toBe('hangs');
    expect((await on.bench.local('GET', '/effects')).body['effects']).toContain(`ingress-eu-west-1: fis.${id}.1`);
    expect((await when(client, id)).state!.status).toBe('completed');
    expect(await on.broken()).toEqual({});
    using again = await openConnection(on.ports['ingress-eu-west-1']!, HTTP_REQUEST);
    expect((await again.send()).fate).toBe('answered');
  });

  it('is still cut off while it is being stopped, and not when it is stopped', async () => {
    await using on = await stage({ scale: 20, timing: { rollBackMs: 60_000 } });
    const client = on.bench.fis('us-east-1');
    const id = await run(client, {
      ...OUTAGE,
      actions: act('aws:network:disrupt-connectivity', 'Subnets', { duration: 'PT1H', scope: 'all' }),
    });
    await when(client, id, isRunning);
    await expect.poll(async () => Object.keys(await on.broken()), SOON).toHaveLength(ofRegion('us-east-1').length);
    await client.send(new StopExperimentCommand({ id }));
    expect(Object.keys(await on.broken())).toHaveLength(ofRegion('us-east-1').length);
    expect((await when(client, id)).state!.status).toBe('stopped');
    expect(await on.broken()).toEqual({});
  });

  it('is whole again when the endpoint ends', async () => {
    await using on = await stage();
    const client = on.bench.fis('eu-west-1');
    const id = await run(client, {
      ...OUTAGE,
      actions: act('aws:network:disrupt-connectivity', 'Subnets', { duration: 'PT1H', scope: 'all' }),
    });
    await when(client, id, isRunning);
    await expect.poll(async () => Object.keys(await on.broken()), SOON).not.toEqual([]);
    await on.bench[Symbol.asyncDispose]();
    expect(await on.broken()).toEqual({});
  });
});

describe('a cache that loses its power', () => {
  const LOSS = {
    targets: target('aws:elasticache:replicationgroup', { parameters: { availabilityZoneIdentifier: 'eu-west-1a' } }),
    actions: act('aws:elasticache:replicationgroup-interrupt-az-power', 'ReplicationGroups', { duration: 'PT1H' }),
  };

  it('refuses connections, and takes them again', async () => {
    await using on = await stage();
    const client = on.bench.fis('eu-west-1');
    const id = await run(client, LOSS);
    await when(client, id, isRunning);
    await expect.poll(() => on.broken(), SOON).toEqual({ 'redis-eu-west-1': ['disabled', 'latency downstream'] });
    await stop(client, id);
    expect(await on.broken()).toEqual({});
  });

  it('stays lost until the last of its faults ends, and keeps the toxics of others', async () => {
    await using on = await stage({ scale: 60 });
    const others = {
      name: 'antipode.r.1.1800000000.x',
      type: 'latency',
      stream: 'upstream',
      toxicity: 1,
      attributes: { latency: 5, jitter: 0 },
    };
    await on.toxiproxy.call('POST', '/proxies/redis-eu-west-1/toxics', others);
    const client = on.bench.fis('eu-west-1');
    const { fault } = LOSS.actions;
    const actions = { long: fault, short: { ...fault, parameters: { duration: 'PT1M' } } };
    const id = await run(client, { ...LOSS, actions });
    await expect.poll(async () => (await on.bench.history(id)).actions['short'], SOON).toContain('completed');
    expect(await on.broken()).toEqual({ 'redis-eu-west-1': ['disabled', 'latency downstream', 'latency upstream'] });
    await client.send(new StopExperimentCommand({ id }));
    await when(client, id);
    expect(await on.broken()).toEqual({ 'redis-eu-west-1': ['latency upstream'] });
  });

  it('is lost for its callers by a prefix list, too', async () => {
    await using on = await stage();
    const client = on.bench.fis('eu-west-1');
    const [cache] = inventoryOf(on.world, 'eu-west-1').prefixLists;
    const parameters = { duration: 'PT1H', scope: 'prefix-list', prefixListIdentifier: cache!.id };
    const id = await run(client, {
      targets: target('aws:ec2:subnet', { resourceTags: { Tier: 'api' } }),
      actions: act('aws:network:disrupt-connectivity', 'Subnets', parameters),
    });
    await when(client, id, isRunning);
    await expect.poll(() => on.broken(), SOON).toEqual({ 'redis-eu-west-1': DEAD });
    await stop(client, id);
    expect(await on.broken()).toEqual({});
  });
});

describe('regions that lose each other', () => {
  it.each([
    ['aws:network:route-table-disrupt-cross-region-connectivity', 'Subnets', 'aws:ec2:subnet'],
    ['aws:network:transit-gateway-disrupt-cross-region-connectivity', 'TransitGateways', 'aws:ec2:transit-gateway'],
  ])('by %s', async (actionId, slot, type) => {
    await using on = await stage();
    const client = on.bench.fis('ap-southeast-1');
    const id = await run(client, {
      targets: target(type),
      actions: act(actionId, slot, { duration: 'PT1H', region: 'us-east-1' }),
    });
    await when(client, id, isRunning);
    await expect
      .poll(() => on.broken(), SOON)
      .toEqual({
        'primary-ap-southeast-1': DEAD,
        'replication-ap-southeast-1': DEAD,
        'sync-ap-southeast-1-us-east-1': DEAD,
        'sync-us-east-1-ap-southeast-1': DEAD,
      });
    await stop(client, id);
    expect(await on.broken()).toEqual({});
  });
});

describe('a document of SSM', () => {
  const send = (document: string, duration: string, given: object) => ({
    targets: target('aws:ec2:instance', { filters: [{ path: 'State.Name', values: ['running'] }] }),
    actions: act('aws:ssm:send-command', 'Instances', {
      duration,
      documentArn: `arn:aws:ssm:eu-west-1::document/${document}`,
      documentParameters: JSON.stringify(given),
    }),
  });

  it('delays the cache', async () => {
    await using on = await stage();
    const client = on.bench.fis('eu-west-1');
    const id = await run(
      client,
      send('AWSFIS-Run-Network-Latency', 'PT1H', { DelayMilliseconds: '250', DurationSeconds: '3600' }),
    );
    await when(client, id, isRunning);
    await expect.poll(() => on.broken(), SOON).toEqual({ 'redis-eu-west-1': ['latency downstream'] });
    await stop(client, id);
    expect(await on.broken()).toEqual({});
  });

  it('outlasts its experiment if its own duration says so', async () => {
    await using on = await stage();
    const client = on.bench.fis('eu-west-1');
    const given = { Port: '6379', TrafficType: 'egress', DurationSeconds: '300' };
    const id = await run(client, send('AWSFIS-Run-Network-Blackhole-Port', 'PT1M', given));
    expect((await when(client, id)).state!.status).toBe('completed');
    expect(await on.broken()).toEqual({ 'redis-eu-west-1': DEAD });
    await expect.poll(() => on.broken(), SOON).toEqual({});
  });
});

describe('a process of the world', () => {
  it.each([
    ['aws:rds:reboot-db-instances', 'DBInstances', 'aws:rds:db', 'database-us-east-1'],
    ['aws:rds:failover-db-cluster', 'Clusters', 'aws:rds:cluster', 'database-us-east-1'],
    ['aws:ecs:stop-task', 'Tasks', 'aws:ecs:task', 'api-us-east-1'],
  ])('is stopped by %s and comes back', async (actionId, slot, type, process) => {
    await using on = await stage();
    const client = on.bench.fis();
    const id = await run(client, { targets: target(type), actions: act(actionId, slot, {}) });
    expect((await when(client, id)).state!.status).toBe('completed');
    expect(on.calls).toEqual([`${process} stop`, `${process} restore`]);
    expect(on.processes.every(({ fault }) => fault === null)).toBe(true);
  });

  it('stays stopped as an instance that is not restarted, until a sweep', async () => {
    await using on = await stage();
    const client = on.bench.fis();
    const id = await run(client, {
      targets: target('aws:ec2:instance'),
      actions: act('aws:ec2:stop-instances', 'Instances', {}),
    });
    expect((await when(client, id)).state!.status).toBe('completed');
    expect((await on.bench.local('GET', '/effects')).body).toEqual({ effects: [`api-us-east-1: fis.${id}.1`] });
    expect((await on.bench.local('DELETE', '/effects')).body).toEqual({ undone: [`fis.${id}.1`] });
    expect(on.processes.every(({ state }) => state === 'running')).toBe(true);
  });

  it('is started after the time that the action says', async () => {
    await using on = await stage();
    const client = on.bench.fis();
    const parameters = { startInstancesAfterDuration: 'PT1M' };
    const id = await run(client, {
      targets: target('aws:ec2:instance'),
      actions: act('aws:ec2:stop-instances', 'Instances', parameters),
    });
    await when(client, id);
    expect(on.calls).toEqual(['api-us-east-1 stop', 'api-us-east-1 restore']);
    expect(on.processes.every(({ state }) => state === 'running')).toBe(true);
  });

  it('that is not there fails the action, and nothing is left', async () => {
    await using on = await stage();
    on.processes.splice(0);
    const client = on.bench.fis();
    const id = await run(client, {
      targets: target('aws:rds:db'),
      actions: act('aws:rds:reboot-db-instances', 'DBInstances', {}),
    });
    const done = await when(client, id);
    expect(done.state!.status).toBe('failed');
    expect(done.state!.reason).toContain('404');
  });
});

describe('a proxy that is not there', () => {
  it('fails its action, and the rest of it is undone', async () => {
    await using on = await stage();
    await on.toxiproxy.call('DELETE', '/proxies/sync-us-east-1-eu-west-1');
    const client = on.bench.fis('eu-west-1');
    const id = await run(client, {
      targets: target('aws:ec2:subnet'),
      actions: act('aws:network:disrupt-connectivity', 'Subnets', { duration: 'PT1M', scope: 'all' }),
    });
    const done = await when(client, id);
    expect(done.state!.reason).toMatch(/Action fault failed: POST \/proxies\/sync-us-east-1-eu-west-1\/toxics: 404/);
    expect(await on.broken()).toEqual({});
  });
});
