/**
 * The schema of a target's `fis:` block: which AWS resources of which region may be broken, under whose role, and what
 * stops it. Nothing that is not listed is ever touched. Placeholders are refused until they are filled in.
 */
import { z } from 'zod';
import { FAULT_KINDS } from '../formats/faults.ts';
import type { CheckParams } from './issue.ts';
import { kebabName, STILL_HERE, wholeBetween } from './values.ts';
import { parseArn, placeholderIn, redacted } from './arn.ts';

/** Text that is no placeholder and passes `isRight`; the message is what is expected. */
const filled = (expected: string, isRight: (text: string) => boolean = (text) => text.trim() !== '') =>
  z.string(expected).superRefine((given, context) => {
    const placeholder = placeholderIn(given);
    if (placeholder === null && isRight(given)) return;
    const params: CheckParams =
      placeholder === null ? { got: JSON.stringify(redacted(given)) } : { ...STILL_HERE, got: `"${placeholder}"` };
    context.addIssue({ code: 'custom', message: expected, params: { ...params } });
  });

const arn = (service: string, resource: RegExp, expected: string) =>
  filled(expected, (text) => {
    const parts = parseArn(text);
    return parts !== null && parts.service === service && resource.test(parts.resource);
  });

const anyArn = filled('an ARN, such as arn:aws:ec2:eu-west-1:<account>:subnet/subnet-0a1b', (text) => !!parseArn(text));
const word = filled('text');
/** As kebabName, that a placeholder is called one. */
const ownerName = filled(
  'a name in lower case with hyphens, such as `team-shop`',
  (given) => kebabName.safeParse(given).success,
);
const tags = z
  .record(z.string().min(1), word)
  .refine((given) => Object.keys(given).length >= 1 && Object.keys(given).length <= 50, '1 to 50 tags');
const filters = z
  .record(z.string().min(1), z.array(word).min(1))
  .default({})
  .describe('Paths of the resource (as FIS names them, such as State.Name) and the values they may have.');
const share = {
  percent: wholeBetween(1, 100, '%').optional().describe('Of those found, drawn anew every time; left out: all.'),
  count: wholeBetween(1, 50).optional().describe('So many of those found, drawn anew every time.'),
};

const EITHER = 'either `arns:` or `tags:`, filters with tags alone, and at most one of `percent:` and `count:`';
/** FIS takes ARNs or tags, never both; filters narrow what tags find. */
const selector = z
  .strictObject({ arns: z.array(anyArn).min(1).max(5).optional(), tags: tags.optional(), filters, ...share })
  .refine(
    ({ arns, tags: by, filters: narrow, percent, count }) =>
      !arns !== !by && (by || Object.keys(narrow).length === 0) && (percent === undefined || count === undefined),
    EITHER,
  );
export type Selector = z.output<typeof selector>;

const ONE_OF = 'exactly one of `instances:`, `tasks:` and `pods:`';
const compute = z
  .strictObject({
    instances: selector.optional().describe('EC2 instances with the SSM agent.'),
    tasks: z
      .strictObject({
        cluster: word,
        service: word,
        tags: tags.optional(),
        ...share,
        faultInjectionEndpoints: z.boolean().default(true),
      })
      .optional()
      .describe('ECS tasks: enableFaultInjection, pidMode task, the SSM agent beside them, awsvpc or host network.'),
    pods: z
      .strictObject({
        cluster: arn('eks', /^cluster\/./, 'the ARN of an EKS cluster'),
        namespace: word,
        selector: word.describe('A label selector, such as app=api.'),
        serviceAccount: word.describe("Kubernetes service account that FIS's pod runs as."),
        ...share,
      })
      .optional(),
  })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, { message: ONE_OF });
export type Compute = z.output<typeof compute>;

/** Where to look must be filled in, too. */
const probe = filled('an http:// or https:// address', (text) => /^https?:\/\/\S+$/.test(text) && URL.canParse(text));

const redis = z.strictObject({
  port: wholeBetween(1, 65_535).default(6379),
  prefixList: filled('the id of a prefix list, such as pl-0a1b', (text) => /^pl-[0-9a-f]+$/.test(text))
    .optional()
    .describe('A customer-managed list (at most 10 entries) of the networks the Redis stands in: no agent is needed.'),
  hosts: z.array(word).max(10).default([]).describe('Addresses or networks of the Redis, for `slow`.'),
});

const replication = z.discriminatedUnion(
  'store',
  [
    z.strictObject({
      store: z
        .literal('postgres')
        .describe('On machines of your own: the stream itself is slowed or cut, at `compute`.'),
      port: wholeBetween(1, 65_535).default(5432),
      primaryHosts: z.array(word).min(1).max(10),
      compute,
    }),
    z.strictObject({
      store: z.literal('rds-postgres'),
      delayDocument: arn('ssm', /^document\/./, 'the ARN of an SSM Automation document')
        .optional()
        .describe('Sets recovery_min_apply_delay, waits, and restores it, also onFailure and onCancel (docs/aws.md).'),
    }),
    z.strictObject({ store: z.literal('aurora-global') }),
    z.strictObject({ store: z.literal('elasticache-global') }),
    z.strictObject({ store: z.literal('dynamodb'), tables: selector }),
    z.strictObject({ store: z.literal('memorydb'), clusters: selector }),
    z.strictObject({ store: z.literal('s3'), buckets: z.strictObject({ tags }), towards: word }),
  ],
  { error: 'one of postgres, rds-postgres, aurora-global, elasticache-global, dynamodb, memorydb, s3' },
);
export type Replication = z.output<typeof replication>;

const region = z.strictObject({
  awsRegion: filled('an AWS region, such as eu-west-1', (text) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(text))
    .optional()
    .describe('Left out: the name of the region.'),
  stopAlarms: z
    .array(arn('cloudwatch', /^alarm:./, 'the ARN of a CloudWatch alarm'))
    .min(1)
    .max(5)
    .describe('Any of them ends the experiment everywhere. Each region needs its own copy.'),
  logs: z
    .strictObject({
      group: arn('logs', /^log-group:.+:\*$/, 'the ARN of a log group, which ends in :*').optional(),
      bucket: word.optional(),
      prefix: word.default('antipode'),
    })
    .refine(({ group, bucket }) => (group === undefined) !== (bucket === undefined), 'either `group:` or `bucket:`')
    .optional(),
  subnets: selector.optional().describe('Where load balancer and API stand: cut off when the region is lost.'),
  crossRegion: z
    .strictObject({
      subnets: selector.optional(),
      transitGateways: selector.optional(),
      vpcEndpoints: selector.optional(),
    })
    .optional()
    .describe('What its words to other regions pass through: cut for a partition, and where another region is lost.'),
  compute: compute.optional().describe('Where the API runs: for what only its callers can be made to feel.'),
  redis: redis.optional(),
  replication: replication.optional().describe('How what is written elsewhere gets here.'),
  probes: z
    .partialRecord(z.enum(FAULT_KINDS), probe)
    .default({})
    .describe(
      'Where a fault is looked for: addresses that answer 2xx while all is well, and 5xx or nothing while it bites.',
    ),
  alsoLost: z
    .strictObject({
      instances: selector.optional().describe('EC2 instances, stopped and started again.'),
      tasks: z
        .strictObject({ cluster: word, service: word, ...share })
        .optional()
        .describe('ECS tasks, stopped.'),
      clusters: selector.optional().describe('Aurora clusters, failed over inside the region.'),
      databases: selector.optional().describe('RDS instances, rebooted with a failover.'),
      caches: selector.optional().describe('ElastiCache replication groups that lose one zone, with `zone`.'),
      zone: word.optional(),
    })
    .refine(({ caches, zone }) => (caches === undefined) === (zone === undefined), '`caches:` and `zone:` together')
    .optional()
    .describe('What goes down with the region beyond its network.'),
});
export type FisRegion = z.output<typeof region>;

export const fisSchema = z
  .strictObject({
    roleArn: arn('iam', /^role\/./, 'the ARN of a role').describe('What FIS acts as; `plan` prints its policy.'),
    owner: ownerName.describe('Of everything made; only what bears it is ever stopped or deleted.'),
    endpoint: filled('an address', (text) => URL.canParse(text))
      .optional()
      .describe("In place of AWS's own: an endpoint for tests. AWS_ENDPOINT_URL_FIS does the same."),
    report: z
      .strictObject({
        bucket: word,
        prefix: word.default('antipode'),
        dashboards: z.array(arn('cloudwatch', /^dashboard\/./, 'the ARN of a dashboard')).min(1),
        minutesBefore: wholeBetween(0, 720, 'minutes').default(5),
        minutesAfter: wholeBetween(0, 720, 'minutes').default(5),
      })
      .optional(),
    regions: z.record(kebabName, region),
  })
  .superRefine((given, context) => {
    for (const mistake of contradictionsIn(given)) {
      const { path, message, ...params } = mistake;
      context.addIssue({ code: 'custom', path, message, params });
    }
  })
  .describe('AWS resources that faults may go through, with `--driver fis`.');
export type FisTarget = z.output<typeof fisSchema>;

interface Contradiction extends CheckParams {
  path: PropertyKey[];
  message: string;
}

/** The AWS region of a region of the target. */
export const awsRegionOf = (target: Pick<FisTarget, 'regions'>, id: string): string =>
  target.regions[id]?.awsRegion ?? id;

/** Every alarm, log group and resource must be where its experiment runs: FIS sees nothing beyond its region. */
function contradictionsIn(given: Pick<FisTarget, 'regions'>): Contradiction[] {
  const found: Contradiction[] = [];
  const owners = new Map<string, string>();
  for (const [id, block] of Object.entries(given.regions)) {
    const awsRegion = awsRegionOf(given, id);
    const twin = owners.get(awsRegion);
    if (twin !== undefined) {
      found.push({
        path: ['regions', id],
        message: 'one region of the target to an AWS region',
        what: `two regions stand in ${awsRegion}`,
        got: `${twin} and ${id}`,
        next: 'List the resources of both under one.',
      });
    }
    owners.set(awsRegion, id);
    visitText(block, ['regions', id], (path, text) => {
      const elsewhere = parseArn(text)?.region;
      if (!elsewhere || elsewhere === awsRegion) return;
      found.push({
        path,
        message: `one in ${awsRegion}`,
        what: 'this stands in another region than its experiment',
        got: redacted(text),
        next: 'Give the copy that stands in the region.',
      });
    });
  }
  return found;
}

function visitText(value: unknown, path: PropertyKey[], see: (path: PropertyKey[], text: string) => void): void {
  if (typeof value === 'string') see(path, value);
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) visitText(one, [...path, i], see);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) visitText(one, [...path, key], see);
}
