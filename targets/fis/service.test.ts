import {
  CreateExperimentTemplateCommand,
  type CreateExperimentTemplateCommandInput,
  DeleteExperimentTemplateCommand,
  GetActionCommand,
  GetExperimentTemplateCommand,
  GetTargetResourceTypeCommand,
  ListExperimentsCommand,
  ListExperimentTemplatesCommand,
  ListTagsForResourceCommand,
  paginateListActions,
  paginateListExperimentTemplates,
  paginateListTargetResourceTypes,
  StartExperimentCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateExperimentTemplateCommand,
} from '@aws-sdk/client-fis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startToxiproxy, type ToxiproxyRig, worldControl } from '../../test/fault-rig.ts';
import { type Bench, makeWorld, run, startBench, template, when } from '../../test/fis-endpoint-rig.ts';
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

const create = (bench: Bench, change: Partial<CreateExperimentTemplateCommandInput> = {}, region?: string) =>
  bench.fis(region).send(new CreateExperimentTemplateCommand(template(change)));
const idsOf = (some: { id?: string }[] = []): string[] => some.map(({ id }) => id!);

describe('a template', () => {
  it('is created, read, changed, listed and deleted', async () => {
    await using bench = await startBench(world);
    const client = bench.fis('eu-west-1');
    const { experimentTemplate: made } = await create(bench, { tags: { owner: 'me' } }, 'eu-west-1');
    const id = made!.id!;
    expect(id).toMatch(/^EXT\w{14}$/);
    expect(made).toMatchObject({
      tags: { owner: 'me' },
      experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
    });
    // The installed SDK knows no ARNs of templates, which identify tags.
    const resourceArn = `arn:aws:fis:eu-west-1:000000000000:experiment-template/${id}`;
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({ owner: 'me' });
    expect(Math.abs(made!.creationTime!.getTime() - Date.now())).toBeLessThan(10_000);
    const { experimentTemplate: read } = await client.send(new GetExperimentTemplateCommand({ id }));
    expect(read).toEqual(made);
    const change = { id, description: 'another', experimentOptions: { emptyTargetResolutionMode: 'skip' as const } };
    await client.send(new UpdateExperimentTemplateCommand(change));
    const { experimentTemplate: changed } = await client.send(new GetExperimentTemplateCommand({ id }));
    expect(changed).toMatchObject({
      description: 'another',
      actions: made!.actions,
      experimentOptions: { emptyTargetResolutionMode: 'skip' },
    });
    expect(idsOf((await client.send(new ListExperimentTemplatesCommand({}))).experimentTemplates)).toEqual([id]);
    await client.send(new DeleteExperimentTemplateCommand({ id }));
    const gone = client.send(new GetExperimentTemplateCommand({ id }));
    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } });
  });

  const subnets = { resourceType: 'aws:ec2:subnet', selectionMode: 'ALL', resourceTags: { Tier: 'api' } };
  const cut = {
    actionId: 'aws:network:disrupt-connectivity',
    parameters: { duration: 'PT1M', scope: 'all' },
    targets: { Subnets: 's' },
  };
  const wait = (change: object) => ({
    pause: { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' }, ...change },
  });

  it.each<[string, Partial<CreateExperimentTemplateCommandInput>, RegExp]>([
    [
      'no role',
      { roleArn: undefined },
      /Value null at 'roleArn' failed to satisfy constraint: Member must not be null/,
    ],
    ['a role that is none', { roleArn: 'arn:aws:iam::1:user/me-and-me' }, /roleArn: .* is not the ARN of a role/],
    ['an unknown member', { colour: 'red' } as object, /'colour' is not a member of CreateExperimentTemplateRequest/],
    ['no action', { actions: {} }, /actions: at least one action is required/],
    [
      'an unknown action',
      { actions: wait({ actionId: 'aws:fis:sleep' }) },
      /actions\.pause: unknown action aws:fis:sleep/,
    ],
    [
      'an unknown parameter',
      { actions: wait({ parameters: { duration: 'PT1M', x: '1' } }) },
      /unknown parameter x; known: duration/,
    ],
    ['no duration', { actions: wait({ parameters: {} }) }, /actions\.pause: the parameter duration is required/],
    [
      'half a minute',
      { actions: wait({ parameters: { duration: 'PT30S' } }) },
      /must be from PT60S to PT12H, got PT30S/,
    ],
    ['a minute in words', { actions: wait({ parameters: { duration: '1 min' } }) }, /must be a duration such as PT1M/],
    ['an unknown predecessor', { actions: wait({ startAfter: ['x'] }) }, /startAfter: there is no action x/],
    ['a cycle', { actions: wait({ startAfter: ['pause'] }) }, /has a cycle: pause → pause/],
    ['no stop condition', { stopConditions: [] }, /stopConditions: at least one is required/],
    [
      'an alarm without ARN',
      { stopConditions: [{ source: 'aws:cloudwatch:alarm' }] },
      /value must be the ARN of an alarm/,
    ],
    ['an action without its target', { actions: { cut: { ...cut, targets: {} } } }, /requires the target Subnets/],
    ['an unknown target', { actions: { cut } }, /there is no target s; known: none/],
    [
      'an unknown slot',
      { targets: { s: subnets }, actions: { cut: { ...cut, targets: { Subnet: 's' } } } },
      /has no target Subnet; known: Subnets/,
    ],
    [
      'a target of another type',
      { targets: { s: { ...subnets, resourceType: 'aws:rds:db' } }, actions: { cut } },
      /Subnets takes aws:ec2:subnet, but s is aws:rds:db/,
    ],
    [
      'a selection that is none',
      { targets: { s: { ...subnets, selectionMode: 'SOME' } }, actions: { cut } },
      /selectionMode must be ALL, COUNT\(n\) or PERCENT\(n\), got SOME/,
    ],
    [
      'ARNs and tags',
      {
        targets: { s: { ...subnets, resourceArns: ['arn:aws:ec2:eu-west-1:000000000000:subnet/x'] } },
        actions: { cut },
      },
      /are mutually exclusive/,
    ],
    [
      'neither',
      { targets: { s: { ...subnets, resourceTags: {} } }, actions: { cut } },
      /resourceArns or resourceTags are required/,
    ],
    [
      'an unknown filter',
      { targets: { s: { ...subnets, filters: [{ path: 'Colour', values: ['red'] }] } }, actions: { cut } },
      /has no filter Colour; known: AvailabilityZone/,
    ],
    [
      'a prefix list without its name',
      { targets: { s: subnets }, actions: { cut: { ...cut, parameters: { duration: 'PT1M', scope: 'prefix-list' } } } },
      /requires prefixListIdentifier/,
    ],
    ['a tag of AWS', { tags: { 'aws:x': '1' } }, /the prefix aws: is reserved/],
    [
      'a log to nowhere',
      { logConfiguration: { logSchemaVersion: 2 } },
      /cloudWatchLogsConfiguration or s3Configuration/,
    ],
  ])('is refused with %s', async (_, change, message) => {
    await using bench = await startBench(world);
    // Past the SDK's own serialiser, which drops what it does not know.
    const client = bench.fis();
    client.middlewareStack.add(
      (next) => (given) => {
        (given.request as { body: string }).body = JSON.stringify({ clientToken: 't', ...template(change) });
        return next(given);
      },
      { step: 'serialize', priority: 'low' },
    );
    const refused = client.send(new CreateExperimentTemplateCommand(template()));
    await expect(refused).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('is refused beyond the quotas', async () => {
    await using bench = await startBench(world, { quotas: { templates: 2 } });
    const many = (count: number, change: object = {}) => ({
      actions: Object.fromEntries(
        Array.from({ length: count }, (_, at) => [
          `a${at}`,
          { actionId: 'aws:fis:wait', parameters: { duration: 'PT1M' }, ...change },
        ]),
      ),
    });
    const beyond = { name: 'ServiceQuotaExceededException', $metadata: { httpStatusCode: 402 } };
    await expect(create(bench, many(21))).rejects.toMatchObject(beyond);
    await expect(create(bench, many(11))).rejects.toMatchObject({
      message: expect.stringContaining('parallel actions'),
    });
    await create(bench);
    await create(bench, {}, 'eu-west-1');
    await create(bench);
    await expect(create(bench)).rejects.toMatchObject(beyond);
  });
});

describe('a client token', () => {
  it('used again leads to the same object, and to a conflict with other parameters', async () => {
    await using bench = await startBench(world);
    const clientToken = 'run-1.us-east-1.1';
    const first = await create(bench, { clientToken });
    const again = await create(bench, { clientToken });
    expect(again.experimentTemplate!.id).toBe(first.experimentTemplate!.id);
    const conflict = { name: 'ConflictException', $metadata: { httpStatusCode: 409 } };
    await expect(create(bench, { clientToken, description: 'another' })).rejects.toMatchObject(conflict);
    const client = bench.fis();
    const start = (tags: Record<string, string> = {}) =>
      client.send(
        new StartExperimentCommand({ clientToken, experimentTemplateId: first.experimentTemplate!.id, tags }),
      );
    const started = await start();
    expect((await start()).experiment!.id).toBe(started.experiment!.id);
    await expect(start({ other: 'tags' })).rejects.toMatchObject(conflict);
    expect((await client.send(new ListExperimentsCommand({}))).experiments).toHaveLength(1);
  });
});

describe('the service', () => {
  it('throttles, and the SDK tries again with the same token', async () => {
    await using bench = await startBench(world);
    await bench.local('PUT', '/failures', [
      { kind: 'error', code: 'ThrottlingException', operation: 'CreateExperimentTemplate', times: 2 },
    ]);
    const { $metadata } = await create(bench);
    expect($metadata.attempts).toBe(3);
    expect((await bench.local('GET', '/failures')).body).toEqual({ failures: [] });
    expect((await bench.fis().send(new ListExperimentTemplatesCommand({}))).experimentTemplates).toHaveLength(1);
  });

  it.each([
    ['ThrottlingException', 429],
    ['InternalServerException', 500],
    ['ServiceUnavailableException', 503],
    ['AccessDeniedException', 403],
    ['ExpiredTokenException', 403],
  ])('returns %s on demand, as often as requested', async (code, status) => {
    await using bench = await startBench(world);
    await bench.local('PUT', '/failures', [
      { kind: 'error', code, message: 'on purpose', times: 1, region: 'us-east-1' },
    ]);
    const once = (region: string) => bench.fis(region, { maxAttempts: 1 }).send(new ListExperimentsCommand({}));
    await expect(once('eu-west-1')).resolves.toBeDefined();
    await expect(once('us-east-1')).rejects.toMatchObject({
      name: code,
      message: 'on purpose',
      $metadata: { httpStatusCode: status },
    });
    await expect(once('us-east-1')).resolves.toBeDefined();
  });

  it('loses the reply of a start that took effect, and the retry finds the same experiment', async () => {
    await using bench = await startBench(world);
    const { experimentTemplate } = await create(bench);
    await bench.local('PUT', '/failures', [{ kind: 'lost-reply', operation: 'StartExperiment', times: 1 }]);
    const client = bench.fis();
    const start = new StartExperimentCommand({ experimentTemplateId: experimentTemplate!.id, clientToken: 'once' });
    const { experiment, $metadata } = await client.send(start);
    expect($metadata.attempts).toBe(2);
    expect(idsOf((await client.send(new ListExperimentsCommand({}))).experiments)).toEqual([experiment!.id]);
  });

  it('returns half a JSON body on demand', async () => {
    await using bench = await startBench(world);
    await bench.local('PUT', '/failures', [{ kind: 'malformed-reply', times: 1 }]);
    await expect(bench.fis('us-east-1', { maxAttempts: 1 }).send(new ListExperimentsCommand({}))).rejects.toThrow(
      /JSON/,
    );
  });

  it('refuses failures that it does not have', async () => {
    await using bench = await startBench(world);
    const refused = async (failure: object) => (await bench.local('PUT', '/failures', [failure])).body['error'];
    expect(await refused({ kind: 'flood' })).toContain('kind must be one of error, malformed-reply');
    expect(await refused({ kind: 'error', code: 'Oops' })).toContain('an error code of FIS');
    expect(await refused({ kind: 'slow-initiating' })).toContain('requires seconds');
    expect(await refused({ kind: 'lost-reply', often: 2 })).toContain('unknown: often');
  });

  it('runs five experiments at once, in each region', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const long = { actions: { long: { actionId: 'aws:fis:wait', parameters: { duration: 'PT12H' } } } };
    for (let count = 0; count < 5; count++) await run(client, long);
    await expect(run(client, long)).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
    await expect(run(bench.fis('eu-west-1'), long)).resolves.toMatch(/^EXP/);
  });

  it('keeps its regions apart, and knows none but those of the world', async () => {
    await using bench = await startBench(world);
    const { experimentTemplate } = await create(bench, {}, 'eu-west-1');
    const id = experimentTemplate!.id!;
    await expect(bench.fis('eu-west-1').send(new GetExperimentTemplateCommand({ id }))).resolves.toBeDefined();
    const elsewhere = bench.fis('us-east-1').send(new GetExperimentTemplateCommand({ id }));
    await expect(elsewhere).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const nowhere = bench.fis('sa-east-1').send(new ListExperimentsCommand({}));
    await expect(nowhere).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: expect.stringContaining('sa-east-1 is not enabled'),
    });
  });

  it('gives lists by the page', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const made: string[] = [];
    for (let count = 0; count < 7; count++) made.push((await create(bench)).experimentTemplate!.id!);
    const pages: string[][] = [];
    for await (const page of paginateListExperimentTemplates({ client, pageSize: 3 }, {}))
      pages.push(idsOf(page.experimentTemplates));
    expect(pages).toEqual([made.slice(0, 3), made.slice(3, 6), made.slice(6)]);
    const wrong = { name: 'ValidationException' };
    await expect(client.send(new ListExperimentTemplatesCommand({ nextToken: 'x' }))).rejects.toMatchObject(wrong);
    await expect(client.send(new ListExperimentTemplatesCommand({ maxResults: 101 }))).rejects.toMatchObject(wrong);
  });

  it('describes every action and every type of target that it lists', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const types = new Set<string>();
    for await (const { targetResourceTypes } of paginateListTargetResourceTypes({ client, pageSize: 5 }, {}))
      for (const { resourceType } of targetResourceTypes!) {
        await client.send(new GetTargetResourceTypeCommand({ resourceType }));
        types.add(resourceType!);
      }
    let count = 0;
    for await (const { actions } of paginateListActions({ client, pageSize: 10 }, {}))
      for (const { id } of actions!) {
        const { action } = await client.send(new GetActionCommand({ id }));
        for (const { resourceType } of Object.values(action!.targets!)) expect(types).toContain(resourceType);
        count++;
      }
    expect(count).toBeGreaterThan(25);
    const { action } = await client.send(new GetActionCommand({ id: 'aws:network:disrupt-connectivity' }));
    expect(action!.parameters).toMatchObject({
      duration: { required: true },
      prefixListIdentifier: { required: false },
    });
    await expect(client.send(new GetActionCommand({ id: 'aws:fis:sleep' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('tags templates and experiments', async () => {
    await using bench = await startBench(world);
    const client = bench.fis();
    const id = await run(client, {}, { tags: { run: 'r1' } });
    const resourceArn = `arn:aws:fis:us-east-1:000000000000:experiment/${id}`;
    await client.send(new TagResourceCommand({ resourceArn, tags: { owner: 'me', expiry: '1' } }));
    await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['expiry'] }));
    expect((await client.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({
      run: 'r1',
      owner: 'me',
    });
    expect((await client.send(new ListExperimentsCommand({}))).experiments![0]!.tags).toEqual({
      run: 'r1',
      owner: 'me',
    });
    expect((await when(client, id)).tags).toEqual({ run: 'r1', owner: 'me' });
  });

  it('describes itself, without a signature', async () => {
    await using bench = await startBench(world);
    expect((await bench.local('GET', '')).body).toMatchObject({
      endpoint: 'antipode-local-fis',
      scale: 60,
      regions: ['us-east-1', 'eu-west-1', 'ap-southeast-1'],
      exercised: expect.arrayContaining(['aws:network:disrupt-connectivity']),
      notExercised: expect.arrayContaining(['aws:dynamodb:global-table-pause-replication']),
    });
    expect((await bench.local('GET', '/inventory')).body).toHaveProperty('eu-west-1.resources.0.arn');
    expect(await bench.local('GET', '/weather')).toMatchObject({ status: 404 });
  });

  it('requires a signature and an existing operation for everything else', async () => {
    await using bench = await startBench(world);
    const bare = await fetch(`${bench.url}/experiments`);
    expect([bare.status, bare.headers.get('x-amzn-errortype')]).toEqual([403, 'MissingAuthenticationTokenException']);
    expect(await bare.json()).toEqual({ message: 'Missing Authentication Token' });
  });
});
