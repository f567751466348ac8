/**
 * The schema of a target's `fis:` block: which AWS resources of each region faults may be injected into, the IAM role,
 * and the stop alarms. Resources that are not listed are never touched. Placeholders are refused.
 */
import { z } from 'zod';
import { FAULT_KINDS } from '../formats/faults.ts';
import type { CheckParams } from './issue.ts';
import { kebabName, UNFILLED, wholeBetween } from './values.ts';
import { parseArn, placeholderIn, redacted } from './arn.ts';

/** Text that is not a placeholder and passes `isRight`; the message is what is expected. */
const filled = (expected: string, isRight: (text: string) => boolean = (text) => text.trim() !== '') =>
  z.string(expected).superRefine((given, context) => {
    const placeholder = placeholderIn(given);
    if (placeholder === null && isRight(given)) return;
    const params: CheckParams =
      placeholder === null ? { got: JSON.stringify(redacted(given)) } : { ...UNFILLED, got: `"${placeholder}"` };
    context.addIssue({ code: 'custom', message: expected, params: { ...params } });
  });

const arn = (service: string, resource: RegExp, expected: string) =>
  filled(expected, (text) => {
    const parts = parseArn(text);
    return parts !== null && parts.service === service && resource.test(parts.resource);
  });

const anyArn = filled('an ARN, such as arn:aws:ec2:eu-west-1:<account>:subnet/subnet-0a1b', (text) => !!parseArn(text));
const word = filled('text');
/** A kebabName that reports a placeholder as such. */
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
  .describe('Attribute paths of the resource (as FIS names them, such as State.Name) and the values allowed for each.');
const share = {
  percent: wholeBetween(1, 100, '%')
    .optional()
    .describe('Percentage of the resources found, chosen at random each time; left out: all.'),
  count: wholeBetween(1, 50).optional().describe('Number of the resources found, chosen at random each time.'),
};

const EITHER = 'either `arns:` or `tags:`, filters with tags alone, and at most one of `percent:` and `count:`';
/** FIS takes ARNs or tags, never both; filters apply to tags only. */
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
      .describe(
        'ECS tasks with enableFaultInjection, pidMode task, the SSM agent as a sidecar, and awsvpc or host network.',
      ),
    pods: z
      .strictObject({
        cluster: arn('eks', /^cluster\/./, 'the ARN of an EKS cluster'),
        namespace: word,
        selector: word.describe('A label selector, such as app=api.'),
        serviceAccount: word.describe('Kubernetes service account of the pod that FIS starts.'),
        ...share,
      })
      .optional(),
  })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, { message: ONE_OF });
export type Compute = z.output<typeof compute>;

const probeUrl = filled('an http:// or https:// URL', (text) => /^https?:\/\/\S+$/.test(text) && URL.canParse(text));

const redis = z.strictObject({
  port: wholeBetween(1, 65_535).default(6379),
  prefixList: filled('the id of a prefix list, such as pl-0a1b', (text) => /^pl-[0-9a-f]+$/.test(text))
    .optional()
    .describe('A customer-managed prefix list (at most 10 entries) of the networks of the Redis. It needs no agent.'),
  hosts: z.array(word).max(10).default([]).describe('Addresses or networks of the Redis, for `slow`.'),
});

const replication = z.discriminatedUnion(
  'store',
  [
    z.strictObject({
      store: z
        .literal('postgres')
        .describe('PostgreSQL on your own machines: the replication stream is slowed or cut at `compute`.'),
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
    .describe('Left out: the id of the region.'),
  stopAlarms: z
    .array(arn('cloudwatch', /^alarm:./, 'the ARN of a CloudWatch alarm'))
    .min(1)
    .max(5)
    .describe('Any of them stops the experiment in every region. Each region needs its own copy.'),
  logs: z
    .strictObject({
      group: arn('logs', /^log-group:.+:\*$/, 'the ARN of a log group, which ends in :*').optional(),
      bucket: word.optional(),
      prefix: word.default('antipode'),
    })
    .refine(({ group, bucket }) => (group === undefined) !== (bucket === undefined), 'either `group:` or `bucket:`')
    .optional(),
  subnets: selector.optional().describe('Subnets of the load balancer and the API: cut off in a region outage.'),
  crossRegion: z
    .strictObject({
      subnets: selector.optional(),
      transitGateways: selector.optional(),
      vpcEndpoints: selector.optional(),
    })
    .optional()
    .describe(
      'What its traffic to other regions goes through: cut in a partition and in the outage of another region.',
    ),
  compute: compute
    .optional()
    .describe('Where the API runs: for faults that can only be injected at the caller, such as a slow Redis.'),
  redis: redis.optional(),
  replication: replication.optional().describe('How writes of other regions are replicated to this one.'),
  probes: z
    .partialRecord(z.enum(FAULT_KINDS), probeUrl)
    .default({})
    .describe('URLs that show whether a fault is in effect: 2xx when healthy, 5xx or no response during the fault.'),
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
    .describe('What else fails in a region outage, besides the network.'),
});
export type FisRegion = z.output<typeof region>;

export const fisSchema = z
  .strictObject({
    roleArn: arn('iam', /^role\/./, 'the ARN of a role').describe(
      'The role that FIS assumes; `plan` prints its policy.',
    ),
    owner: ownerName.describe(
      'Tag of everything that Antipode creates; it stops and deletes only resources with this tag.',
    ),
    endpoint: filled('a URL', (text) => URL.canParse(text))
      .optional()
      .describe("Endpoint for tests, instead of AWS's own. AWS_ENDPOINT_URL_FIS does the same."),
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
    for (const { path, message, ...params } of contradictionsIn(given)) {
      context.addIssue({ code: 'custom', path, message, params });
    }
  })
  .describe('AWS resources that `--driver fis` may inject faults into.');
export type FisTarget = z.output<typeof fisSchema>;

interface Contradiction extends CheckParams {
  path: PropertyKey[];
  message: string;
}

/** The AWS region of a region of the target. */
export const awsRegionOf = (target: Pick<FisTarget, 'regions'>, id: string): string =>
  target.regions[id]?.awsRegion ?? id;

/** Every alarm, log group and resource must be in the region of its experiment: FIS does not reach other regions. */
function contradictionsIn(given: Pick<FisTarget, 'regions'>): Contradiction[] {
  const found: Contradiction[] = [];
  const owners = new Map<string, string>();
  for (const [id, block] of Object.entries(given.regions)) {
    const awsRegion = awsRegionOf(given, id);
    const first = owners.get(awsRegion);
    if (first !== undefined) {
      found.push({
        path: ['regions', id],
        message: 'one region of the target per AWS region',
        what: `two regions use AWS region ${awsRegion}`,
        got: `${first} and ${id}`,
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
        what: 'the resource is in another region than its experiment',
        got: redacted(text),
        next: 'Use the copy in that region.',
      });
    });
  }
  return found;
}

function visitText(value: unknown, path: PropertyKey[], visit: (path: PropertyKey[], text: string) => void): void {
  if (typeof value === 'string') visit(path, value);
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) visitText(one, [...path, i], visit);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) visitText(one, [...path, key], visit);
}
