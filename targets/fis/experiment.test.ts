import { GetExperimentCommand, ListExperimentResolvedTargetsCommand, StopExperimentCommand } from '@aws-sdk/client-fis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startToxiproxy, type ToxiproxyRig, worldControl } from '../../test/fault-rig.ts';
import { ALARM, type Bench, isRunning, makeWorld, run, startBench, when } from '../../test/fis-endpoint-rig.ts';
import type { WorldFacts } from './inventory.ts';

let toxiproxy: ToxiproxyRig;
let control: Awaited<ReturnType<typeof worldControl>>;
let world: WorldFacts;
beforeAll(async () => {
  toxiproxy = await startToxiproxy();
  control = await worldControl([]);
  world = await makeWorld({ toxiproxy, control: control.control });
});
afterAll(async () => {
  await control?.[Symbol.asyncDispose]();
  await toxiproxy?.kill();
});

const wait = (duration: string, ...startAfter: string[]) => ({
  actionId: 'aws:fis:wait',
  parameters: { duration },
  startAfter,
});
/** A minute that only a stop ends. */
const LONG = { actions: { long: wait('PT12H') } };
const GUARDED = { ...LONG, stopConditions: [{ source: 'aws:cloudwatch:alarm', value: ALARM('us-east-1') }] };
const subnets = (resourceTags: Record<string, string>) => ({
  subnets: { resourceType: 'aws:ec2:subnet', selectionMode: 'ALL', resourceTags },
});
const cut = {
  actionId: 'aws:network:disrupt-connectivity',
  parameters: { duration: 'PT1M', scope: 'all' },
  targets: { Subnets: 'subnets' },
};
const engage = (bench: Bench, status: string, reason = 'a test') =>
  fetch(`${bench.url}/safetyLevers/default/state`, {
    method: 'PATCH',
    headers: signed('us-east-1'),
    body: JSON.stringify({ state: { status, reason } }),
  });
const lever = async (bench: Bench, region = 'us-east-1'): Promise<unknown> => {
  const response = await fetch(`${bench.url}/safetyLevers/default`, { headers: signed(region) });
  return ((await response.json()) as { safetyLever: { state: { status: string } } }).safetyLever.state.status;
};
/** The installed SDK has no calls for the lever. */
function signed(region: string): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/${region}/fis/aws4_request`;
  return {
    'x-amz-date': date,
    authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=host;x-amz-date, Signature=${'ab'.repeat(32)}`,
  };
}

describe('an experiment', () => {
  it('is pending, initiating, running and completed, and takes a minute of its clock', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const id = await run(client, {}, { tags: { run: 'r1' } });
    const done = await when(client, id);
    expect(done.state).toEqual({ status: 'completed', reason: 'Experiment completed.' });
    expect(done).toMatchObject({ id, tags: { run: 'r1' } });
    expect(await bench.history(id)).toEqual({
      states: ['pending', 'initiating', 'running', 'completed'],
      actions: { pause: ['initiating', 'running', 'completed'] },
    });
    const { startTime, endTime } = done.actions!['pause']!;
    expect(endTime!.getTime() - startTime!.getTime()).toBeGreaterThanOrEqual(990);
  });

  it('runs an action after those that it names, and others at once', async () => {
    await using bench = await startBench(world, { scale: 600 });
    const client = bench.fis();
    const actions = { third: wait('PT1M', 'first', 'second'), first: wait('PT1M'), second: wait('PT2M') };
    const done = await when(client, await run(client, { actions }));
    const { first, second, third } = done.actions!;
    expect(first!.startTime!.getTime()).toBeLessThan(second!.endTime!.getTime());
    expect(second!.startTime!.getTime()).toBeLessThan(first!.endTime!.getTime());
    expect(third!.startTime!.getTime()).toBeGreaterThanOrEqual(second!.endTime!.getTime());
    expect(third!.startTime!.getTime()).toBeGreaterThanOrEqual(first!.endTime!.getTime());
  });

  it('is stopped on request, rolls back slowly, and does not begin pending actions', async () => {
    await using bench = await startBench(world, { timing: { rollBackMs: 12_000 } });
    const client = bench.fis();
    const id = await run(client, { actions: { long: wait('PT12H'), later: wait('PT1M', 'long') } });
    await when(client, id, isRunning);
    const askedAtMs = Date.now();
    const { experiment } = await client.send(new StopExperimentCommand({ id }));
    expect(experiment!.state!.status).toBe('stopping');
    expect(experiment!.actions!['long']!.state!.status).toMatch(/^(?:running|stopping)$/);
    const done = await when(client, id);
    expect(Date.now() - askedAtMs).toBeGreaterThanOrEqual(190);
    expect(done.state).toEqual({ status: 'stopped', reason: 'Experiment was stopped by the user.' });
    expect(await bench.history(id)).toEqual({
      states: ['pending', 'initiating', 'running', 'stopping', 'stopped'],
      actions: { long: ['initiating', 'running', 'stopping', 'stopped'], later: ['cancelled'] },
    });
    const again = client.send(new StopExperimentCommand({ id }));
    await expect(again).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('it is stopped'),
    });
  });

  it('can be stopped before it runs', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    await bench.local('PUT', '/failures', [{ kind: 'slow-initiating', seconds: 36_000 }]);
    const id = await run(client, LONG);
    await when(client, id, (status) => status === 'initiating');
    await client.send(new StopExperimentCommand({ id }));
    await when(client, id);
    expect(await bench.history(id)).toEqual({
      states: ['pending', 'initiating', 'stopping', 'stopped'],
      actions: { long: ['cancelled'] },
    });
  });

  it('fails with its action, whatever else runs', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const failing = {
      actionId: 'aws:cloudwatch:assert-alarm-state',
      parameters: { alarmArns: ALARM('us-east-1'), alarmStates: 'ALARM' },
    };
    const id = await run(client, { actions: { long: wait('PT12H'), failing } });
    const done = await when(client, id);
    expect(done.state).toEqual({
      status: 'failed',
      reason: `Action failing failed: ${ALARM('us-east-1')} is OK, not ALARM.`,
      error: { accountId: '000000000000', code: 'ConfigurationFailure', location: 'failing' },
    });
    expect(done.actions!['long']!.state!.status).toBe('stopped');
  });

  it('continues after an assertion that holds', async () => {
    await using bench = await startBench(world, { scale: 600 });
    const client = bench.fis();
    const check = {
      actionId: 'aws:cloudwatch:assert-alarm-state',
      parameters: { alarmArns: ALARM('us-east-1'), alarmStates: 'OK' },
    };
    const done = await when(client, await run(client, { actions: { check, pause: wait('PT1M', 'check') } }));
    expect(done.state!.status).toBe('completed');
  });

  it.each([
    ['failed', [{ kind: 'experiment-failed' }], 'cancelled'],
    ['cancelled', [{ kind: 'experiment-cancelled' }], 'cancelled'],
    ['failed', [{ kind: 'action-failed', actionId: 'aws:fis:wait' }], 'failed'],
    ['completed', [{ kind: 'action-skipped' }], 'skipped'],
  ])('ends %s on demand: %j', async (status, failures, action) => {
    await using bench = await startBench(world);
    const client = bench.fis();
    expect(await bench.local('PUT', '/failures', failures)).toMatchObject({ status: 200 });
    const done = await when(client, await run(client));
    expect(done.state!.status).toBe(status);
    expect(done.actions!['pause']!.state!.status).toBe(action);
  });
});

describe('a preview', () => {
  it('resolves targets, skips every action, changes nothing and reports so', async () => {
    await using bench = await startBench(world);
    const client = bench.fis('eu-west-1');
    const change = { targets: subnets({ Tier: 'api' }), actions: { cut } };
    const id = await run(client, change, { experimentOptions: { actionsMode: 'skip-all' } });
    const done = await when(client, id);
    expect(done.state!.status).toBe('completed');
    expect(done.actions!['cut']!.state).toEqual({
      status: 'skipped',
      reason: 'Action was skipped: actionsMode is skip-all.',
    });
    expect(done.experimentOptions).toEqual({
      accountTargeting: 'single-account',
      emptyTargetResolutionMode: 'fail',
      actionsMode: 'skip-all',
    });
    const { resolvedTargets } = await client.send(new ListExperimentResolvedTargetsCommand({ experimentId: id }));
    expect(resolvedTargets).toHaveLength(2);
    expect(resolvedTargets![0]).toEqual({
      targetName: 'subnets',
      resourceType: 'aws:ec2:subnet',
      targetInformation: { arn: expect.stringMatching(/^arn:aws:ec2:eu-west-1:000000000000:subnet\/subnet-0/) },
    });
    expect((await bench.local('GET', '/effects')).body).toEqual({ effects: [] });
  });

  it('can lose the echo of its options', async () => {
    await using bench = await startBench(world);
    await bench.local('PUT', '/failures', [{ kind: 'no-options-echo', operation: 'GetExperiment', times: 1 }]);
    const client = bench.fis();
    const id = await run(client, {}, { experimentOptions: { actionsMode: 'skip-all' } });
    expect((await client.send(new GetExperimentCommand({ id }))).experiment!.experimentOptions).toBeUndefined();
    expect((await client.send(new GetExperimentCommand({ id }))).experiment!.experimentOptions).toBeDefined();
  });
});

describe('a target that resolves to nothing', () => {
  const change = { targets: subnets({ Tier: 'of nobody' }), actions: { cut, pause: wait('PT1M') } };

  it('fails the experiment', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const done = await when(client, await run(client, change));
    expect(done.state).toMatchObject({ status: 'failed', error: { code: 'InvalidTarget', location: 'subnets' } });
    expect(done.state!.reason).toBe('Target resolution returned empty set for subnets.');
  });

  it('skips its action if the template allows it', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const experimentOptions = { emptyTargetResolutionMode: 'skip' as const };
    const done = await when(client, await run(client, { ...change, experimentOptions }));
    expect(done.state!.status).toBe('completed');
    expect(done.actions!['cut']!.state).toMatchObject({ status: 'skipped' });
    expect(done.actions!['pause']!.state).toMatchObject({ status: 'completed' });
  });

  it('and one of more resources than the quota allows ends it, too', async () => {
    await using bench = await startBench(world, { quotas: { targetsPerAction: 3 } });
    const client = bench.fis();
    const done = await when(client, await run(client, { targets: subnets({ Project: 'antipode' }), actions: { cut } }));
    expect(done.state!.reason).toBe('aws:network:disrupt-connectivity may act on at most 3 resources, subnets has 4.');
  });
});

describe('an action that cannot be carried out here', () => {
  it('is checked, resolved, and skipped with the reason', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const targets = {
      tables: {
        resourceType: 'aws:dynamodb:global-table',
        selectionMode: 'ALL',
        resourceTags: { Project: 'antipode' },
      },
    };
    const pause = {
      actionId: 'aws:dynamodb:global-table-pause-replication',
      parameters: { duration: 'PT5M' },
      targets: { Tables: 'tables' },
    };
    const done = await when(client, await run(client, { targets, actions: { pause } }));
    expect(done.actions!['pause']!.state).toEqual({
      status: 'skipped',
      reason: 'Not exercised by the local endpoint.',
    });
  });
});

describe('a stop alarm', () => {
  it('stops the experiment that it guards, in its region alone', async () => {
    await using bench = await startBench(world);
    const [here, there] = [bench.fis('us-east-1'), bench.fis('eu-west-1')];
    const [id, other] = [await run(here, GUARDED), await run(there, GUARDED)];
    await when(here, id, isRunning);
    await when(there, other, isRunning);
    await bench.local('PUT', '/alarms/guard', { state: 'ALARM', region: 'us-east-1' });
    const done = await when(here, id);
    expect(done.state).toEqual({
      status: 'stopped',
      reason: `Experiment halted by stop condition: ${ALARM('us-east-1')} is in ALARM.`,
    });
    const { experiment } = await there.send(new GetExperimentCommand({ id: other }));
    expect(experiment!.state!.status).toBe('running');
  });

  it('that is in alarm already lets it not run', async () => {
    await using bench = await startBench(world);
    await bench.local('PUT', '/alarms/guard', { state: 'ALARM' });
    const client = bench.fis();
    const id = await run(client, GUARDED);
    await when(client, id);
    expect(await bench.history(id)).toEqual({
      states: ['pending', 'initiating', 'running', 'stopping', 'stopped'],
      actions: { long: ['cancelled'] },
    });
  });

  it('is set by name, to an existing state, in an existing region', async () => {
    await using bench = await startBench(world);
    expect((await bench.local('PUT', '/alarms/guard', { state: 'RED' })).body['error']).toContain('one of OK, ALARM');
    expect((await bench.local('PUT', '/alarms/guard', { state: 'OK', region: 'x' })).body['error']).toContain(
      'no region x',
    );
    expect((await bench.local('PUT', '/alarms/guard', { state: 'OK', why: 'x' })).status).toBe(400);
    expect((await bench.local('GET', '/alarms')).body).toMatchObject({ 'eu-west-1': {} });
  });
});

describe('the safety lever', () => {
  it('stops what runs, cancels what starts, and lets go again', async () => {
    await using bench = await startBench(world, { timing: { rollBackMs: 30_000 } });
    const client = bench.fis();
    const running = await run(client, LONG);
    await when(client, running, isRunning);
    expect(await lever(bench)).toBe('disengaged');
    expect(await (await engage(bench, 'engaged', 'enough')).json()).toMatchObject({
      safetyLever: { id: 'default', state: { status: 'engaging', reason: 'enough' } },
    });
    const stopped = await when(client, running);
    expect(stopped.state).toMatchObject({
      status: 'stopped',
      reason: 'Experiment stopped: the safety lever was engaged: enough',
    });
    expect(await lever(bench)).toBe('engaged');
    const cancelled = await when(client, await run(client));
    expect(cancelled.state).toMatchObject({ status: 'cancelled' });
    expect(cancelled.actions!['pause']!.state!.status).toBe('cancelled');
    expect(await lever(bench, 'eu-west-1')).toBe('disengaged');
    expect((await engage(bench, 'engaged', 'another reason')).status).toBe(409);
    expect((await engage(bench, 'disengaged')).status).toBe(200);
    expect((await when(client, await run(client))).state!.status).toBe('completed');
  });
});
