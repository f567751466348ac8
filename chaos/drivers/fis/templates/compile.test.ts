import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '../../../../src/formats/faults.ts';
import { ACTIONS, isKnownAction } from './actions.ts';
import { compileForFis, type CompiledFault } from './compile.ts';
import { secondsOfIso } from './duration.ts';
import { faultOfTags } from '../format.ts';
import { driverPolicy, rolePolicy, roleTrust } from '../iam/policies.ts';
import { costOf, quotasOf } from './limits.ts';
import { sampleBlock } from '../../../../test/sample/fis-target.ts';
import { fisSchema, type FisTarget } from '../../../../src/config/fis-target.ts';

const parse = (change: (block: ReturnType<typeof sampleBlock>) => void = () => {}): FisTarget => {
  const block = sampleBlock();
  change(block);
  return fisSchema.parse(block);
};

const compile = (kind: FaultKind, params: Record<string, unknown>, target = parse(), forMs = 60_000): CompiledFault =>
  compileForFis({
    runId: '20261124-0100-sample-1',
    scenario: 'sample',
    target,
    faults: [{ number: 1, kind, params, fromMs: 0, toMs: forMs }],
    fromEpochMs: 1_800_000_000_000,
    revision: 'abc1234',
    attempt: 1,
  })[0]!;

const LOST = { region: 'ap-southeast-1', face: 'blackhole' };
const idsIn = ({ parts }: CompiledFault): Record<string, string[]> =>
  Object.fromEntries(
    parts.map(({ region, template }) => [region, Object.values(template.actions).map(({ actionId }) => actionId)]),
  );

describe('a region outage', () => {
  it('cuts the region off, stops what is listed with it, and cuts it off from the other regions', () => {
    const compiled = compile('region-outage', LOST);
    const away = [
      'aws:network:route-table-disrupt-cross-region-connectivity',
      'aws:network:transit-gateway-disrupt-cross-region-connectivity',
      'aws:network:disrupt-vpc-endpoint',
    ];
    expect(idsIn(compiled)).toEqual({
      'ap-southeast-1': [
        'aws:network:disrupt-connectivity',
        'aws:ec2:stop-instances',
        'aws:elasticache:replicationgroup-interrupt-az-power',
      ],
      'us-east-1': away,
      'eu-west-1': away,
    });
    const [lost, survivor] = compiled.parts.map(({ template }) => template);
    expect(lost!.actions['cut-off']!.parameters).toEqual({ scope: 'all', duration: 'PT1M' });
    expect(lost!.actions['stop-instances']!.parameters['startInstancesAfterDuration']).toBe('PT1M');
    expect(survivor!.actions['routes']!.parameters).toEqual({ region: 'ap-southeast-1', duration: 'PT1M' });
    expect(lost!.targets['lost-instances']).toEqual({
      resourceType: 'aws:ec2:instance',
      resourceTags: { App: 'shop' },
      filters: [{ path: 'State.Name', values: ['running'] }],
      selectionMode: 'PERCENT(50)',
    });
  });

  it('has a stop alarm of its own region everywhere, fails on empty targets, logs and reports', () => {
    for (const { awsRegion, template } of compile('region-outage', LOST).parts) {
      expect(template.stopConditions).toEqual([
        { source: 'aws:cloudwatch:alarm', value: `arn:aws:cloudwatch:${awsRegion}:210987654321:alarm:shop-stop` },
      ]);
      expect(template.experimentOptions.emptyTargetResolutionMode).toBe('fail');
      expect(template.logConfiguration?.cloudWatchLogsConfiguration?.logGroupArn).toContain(awsRegion);
      expect(template.experimentReportConfiguration?.preExperimentDuration).toBe('PT5M');
    }
  });

  it('bears run, owner, expiry and revision, and a token of its own for every call and region', () => {
    const { parts } = compile('region-outage', LOST);
    for (const { template, fault, owner } of parts) {
      expect(faultOfTags(template.tags, owner)).toEqual(fault);
      expect(faultOfTags(template.tags, 'somebody-else')).toBeNull();
      expect(faultOfTags({ ...template.tags, 'antipode:run': 'another' }, owner)).toBeNull();
      expect(template.tags['antipode:revision']).toBe('abc1234');
      expect(Date.parse(template.tags['antipode:expires']!)).toBe(1_800_000_000_000 + 16 * 60_000);
    }
    const tokens = parts.flatMap(({ tokens: all }) => Object.values(all));
    expect(new Set(tokens).size).toBe(9);
  });

  it('is a blackhole where `refused` was requested, with a note', () => {
    const { params, notes } = compile('region-outage', { ...LOST, face: 'refused' });
    expect(params).toEqual(LOST);
    expect(notes.join(' ')).toContain('requests hang instead of being refused');
  });

  it('has a note on how it rounds', () => {
    const { notes, parts } = compile('region-outage', LOST, parse(), 90_000);
    expect(parts[0]!.minutes).toBe(2);
    expect(notes[0]).toContain('PT2M for the requested 90 s');
  });
});

describe('a document of SSM', () => {
  it('never lasts longer than its action, and drops or delays what leaves', () => {
    const faces = [
      { region: 'eu-west-1', face: 'blackhole' },
      { region: 'eu-west-1', face: 'slow', latencyMs: 500 },
    ];
    for (const params of faces) {
      const [{ template }] = compile('redis-loss', params, parse(), 90_000).parts as [CompiledFault['parts'][0]];
      const [action] = Object.values(template.actions);
      const given = JSON.parse(action!.parameters['documentParameters']!) as Record<string, string>;
      expect(Number(given['DurationSeconds'])).toBe(secondsOfIso(action!.parameters['duration']!));
      expect(given['TrafficType']).toBe('egress');
    }
  });
});

describe('a lost Redis', () => {
  it('is cut off by its networks where they are listed, and by its port where not', () => {
    const listed = parse((block) => (block.regions['eu-west-1']!.redis = { prefixList: 'pl-0a1b' }));
    const params = { region: 'eu-west-1', face: 'blackhole' };
    expect(compile('redis-loss', params, listed).parts[0]!.template.actions['redis-networks']!.parameters).toEqual({
      scope: 'prefix-list',
      prefixListIdentifier: 'pl-0a1b',
      duration: 'PT1M',
    });
    expect(idsIn(compile('redis-loss', params))).toEqual({ 'eu-west-1': ['aws:ssm:send-command'] });
  });

  it.each([
    ['tasks', 'aws:ecs:task-network-blackhole-port', { tasks: { cluster: 'shop', service: 'api' } }],
    [
      'pods',
      'aws:eks:pod-network-blackhole-port',
      {
        pods: {
          cluster: 'arn:aws:eks:eu-west-1:210987654321:cluster/shop',
          namespace: 'shop',
          selector: 'app=api',
          serviceAccount: 'fis',
        },
      },
    ],
  ] as const)('is felt by %s where these call it', (_, actionId, compute) => {
    const target = parse((block) => (block.regions['eu-west-1']!.compute = compute));
    const { parts } = compile('redis-loss', { region: 'eu-west-1', face: 'blackhole' }, target);
    const [action] = Object.values(parts[0]!.template.actions);
    expect(action).toMatchObject({ actionId, parameters: { port: '6379', trafficType: 'egress', protocol: 'tcp' } });
  });

  it('is lost in every region at once with `all`', () => {
    expect(compile('redis-loss', { region: 'all', face: 'blackhole' }).parts).toHaveLength(3);
  });
});

describe('a partition', () => {
  it('is cut on both sides, or on the side whose words do not arrive', () => {
    const both = { from: 'eu-west-1', to: 'us-east-1', direction: 'both' };
    expect(Object.keys(idsIn(compile('partition', both)))).toEqual(['eu-west-1', 'us-east-1']);
    expect(Object.keys(idsIn(compile('partition', { ...both, direction: 'one-way' })))).toEqual(['eu-west-1']);
  });
});

describe('what FIS cannot do', () => {
  const withStore = (replication: NonNullable<ReturnType<typeof sampleBlock>['regions'][string]['replication']>) =>
    parse((block) => (block.regions['eu-west-1']!.replication = replication));
  const by = (mode: string) => ({ region: 'eu-west-1', mode, delayMs: 2_000 });

  it.each([
    ['RDS is delayed by a parameter', withStore({ store: 'rds-postgres' }), by('delay'), /recovery_min_apply_delay/],
    ['RDS is paused by hand', withStore({ store: 'rds-postgres' }), by('pause'), /pg_wal_replay_pause\(\)/],
    ['Aurora Global cannot be delayed', withStore({ store: 'aurora-global' }), by('delay'), /nothing delays or pauses/],
    ['Aurora Global cannot be paused', withStore({ store: 'aurora-global' }), by('pause'), /SwitchoverGlobalCluster/],
    ['ElastiCache Global has no action', withStore({ store: 'elasticache-global' }), by('pause'), /Toxiproxy/],
    [
      'DynamoDB can only be paused',
      withStore({ store: 'dynamodb', tables: { tags: { App: 'shop' } } }),
      by('delay'),
      /--mode pause/,
    ],
  ])('is refused before any call, with an alternative: %s', (_, target, params, way) => {
    expect(() => compile('replication-delay', params, target)).toThrow(way);
    expect(() => compile('replication-delay', params, target)).toThrow(/FIS cannot do this/);
  });

  it.each([
    ['region-outage', { ...LOST, face: 'reset' }, /never resets/],
    ['region-outage', { region: 'sa-east-1', face: 'blackhole' }, /lists nothing in sa-east-1/],
    ['redis-loss', { region: 'all', face: 'empty' }, /no FIS action empties a Redis/],
  ] as const)('is refused for %s %o', (kind, params, why) => {
    expect(() => compile(kind, params)).toThrow(why);
  });

  it('is listed all at once', () => {
    const run = (): unknown =>
      compileForFis({
        runId: 'r',
        scenario: 'both',
        target: parse(),
        faults: [
          { number: 1, kind: 'redis-loss', params: { region: 'all', face: 'empty' }, fromMs: 0, toMs: 1 },
          { number: 2, kind: 'region-outage', params: { ...LOST, face: 'reset' }, fromMs: 0, toMs: 13 * 3_600_000 },
        ],
        fromEpochMs: 0,
        revision: null,
        attempt: 1,
      });
    expect(run).toThrow(/3 errors[\s\S]*fault 1[\s\S]*fault 2/);
  });

  it('can be done by an SSM document for RDS, a pause of DynamoDB, MemoryDB and S3', () => {
    const delayDocument = 'arn:aws:ssm:eu-west-1:210987654321:document/antipode-delay';
    const compiled = compile('replication-delay', by('delay'), withStore({ store: 'rds-postgres', delayDocument }));
    expect(compiled.parts[0]!.template.actions['apply-delay']).toMatchObject({
      actionId: 'aws:ssm:start-automation-execution',
      parameters: { maxDuration: 'PT1M', documentArn: delayDocument },
    });
    const tags = { App: 'shop' };
    for (const replication of [
      { store: 'dynamodb', tables: { tags } },
      { store: 'memorydb', clusters: { tags } },
      { store: 's3', buckets: { tags }, towards: 'us-east-1' },
    ] as const)
      expect(compile('replication-delay', by('pause'), withStore(replication)).parts).toHaveLength(1);
  });
});

describe('every template', () => {
  const all = (minutes: number): CompiledFault[] => [
    compile('region-outage', LOST, parse(), minutes * 60_000),
    compile('region-outage', { region: 'eu-west-1', face: 'brown-out', latencyMs: 900 }, parse(), minutes * 60_000),
    compile('region-outage', { region: 'eu-west-1', face: 'grey', toxicity: 0.3 }, parse(), minutes * 60_000),
    compile('redis-loss', { region: 'all', face: 'blackhole' }, parse(), minutes * 60_000),
    compile('partition', { from: 'eu-west-1', to: 'us-east-1', direction: 'both' }, parse(), minutes * 60_000),
  ];

  it('points every action at a target of the type that the action takes', () => {
    for (const { template } of all(1).flatMap(({ parts }) => parts)) {
      for (const { actionId, targets } of Object.values(template.actions)) {
        const { slot } = ACTIONS[actionId as keyof typeof ACTIONS];
        expect(template.targets[targets![slot!.name]!]!.resourceType).toBe(slot!.resourceType);
      }
    }
  });

  it('costs its actions times its minutes, ten cents each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 720 }), (minutes) => {
        for (const { parts } of all(minutes)) {
          const actions = parts.reduce((sum, { template }) => sum + Object.keys(template.actions).length, 0);
          const { actionMinutes, maxDollars } = costOf(parts);
          expect(actionMinutes).toBe(actions * minutes);
          expect(maxDollars).toBeCloseTo(actionMinutes / 10, 6);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('lists the quotas that apply, the tightest first', () => {
    const quotas = quotasOf(compile('region-outage', LOST).parts);
    expect(quotas).toContainEqual({ region: 'eu-west-1', what: 'active experiments', needed: 1, limit: 5 });
    expect(quotas).toContainEqual({
      region: 'ap-southeast-1',
      what: 'targets of aws:network:disrupt-connectivity',
      needed: 1,
      limit: 5,
    });
    const tightness = quotas.map(({ needed, limit }) => needed / limit);
    expect(tightness).toEqual(tightness.toSorted((a, b) => b - a));
  });

  it('has a policy for its user that is limited to tagged resources and one role to pass', () => {
    const templates = compile('region-outage', LOST).parts.map(({ template }) => template);
    const { Statement } = driverPolicy(templates, 'team-shop');
    const of = (action: string) => Statement.filter(({ Action }) => Action.includes(action));
    for (const action of ['fis:StopExperiment', 'fis:DeleteExperimentTemplate'])
      expect(of(action)).toMatchObject([
        { Condition: { StringEquals: { 'aws:ResourceTag/antipode:owner': 'team-shop' } } },
      ]);
    expect(of('fis:StartExperiment')).toHaveLength(2);
    expect(of('iam:PassRole')).toMatchObject([
      {
        Resource: 'arn:aws:iam::210987654321:role/antipode-fis',
        Condition: { StringEquals: { 'iam:PassedToService': 'fis.amazonaws.com' } },
      },
    ]);
    expect(of('fis:CreateExperimentTemplate')[0]!.Resource).toContain(
      'arn:aws:fis:*:210987654321:action/aws:network:disrupt-connectivity',
    );
    expect(JSON.stringify(Statement)).not.toMatch(/UpdateSafetyLever|"\*:\*"|fis:\*"/);
  });

  it('has a policy for its role that allows what its actions need, and no deletion, no power over IAM', () => {
    const templates = all(1).flatMap(({ parts }) => parts.map(({ template }) => template));
    const { Statement } = rolePolicy(templates);
    const allowed = Statement.flatMap(({ Action }) => Action);
    expect(allowed).toContain('ec2:ReplaceNetworkAclAssociation');
    expect(allowed).toContain('ec2:StopInstances');
    expect(allowed).toContain('ssm:SendCommand');
    expect(allowed.filter((action) => /\*$|^iam:|^sts:|Terminate|DeleteDB|^s3:Delete/.test(action))).toEqual([]);
    expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length);
    expect(rolePolicy([templates[0]!]).Statement.flatMap(({ Action }) => Action)).not.toContain('ssm:SendCommand');
    expect(JSON.stringify(roleTrust(templates[0]!.roleArn))).toContain('"aws:SourceAccount":"210987654321"');
  });
});

describe('the table of actions', () => {
  it('uses only actions that FIS has', () => {
    expect(isKnownAction('aws:network:disrupt-connectivity')).toBe(true);
    expect(isKnownAction('toString')).toBe(false);
  });
});
