/**
 * Minimal IAM policies to paste: for the user that runs Antipode, and for the role that FIS assumes.
 * Sources: Service Authorization Reference (list_fis), FIS user guide (permissions per action).
 */
import { isKnownAction } from '../templates/actions.ts';
import type { FisTemplate } from '../format.ts';
import { TAGS } from '../format.ts';
import { NEEDS, type Statement } from './needs.ts';
import { parseArn } from '../../../../src/config/arn.ts';

export interface Policy {
  Version: '2012-10-17';
  Statement: Statement[];
}

export interface TrustPolicy {
  Version: '2012-10-17';
  Statement: {
    Effect: 'Allow';
    Principal: { Service: 'fis.amazonaws.com' };
    Action: 'sts:AssumeRole';
    Condition: Record<string, Record<string, string>>;
  }[];
}

const policy = (statements: Statement[]): Policy => ({ Version: '2012-10-17', Statement: statements });

/** The policy of the user that runs Antipode with these templates. */
export function driverPolicy(templates: FisTemplate[], owner: string): Policy {
  const { partition, account, roleArn } = whose(templates);
  const fis = (kind: string): string => `arn:${partition}:fis:*:${account}:${kind}`;
  const actions = [...new Set(templates.flatMap((one) => Object.values(one.actions).map(({ actionId }) => actionId)))];
  const ours = { StringEquals: { [`aws:ResourceTag/${TAGS.owner}`]: owner } };
  const asOurs = { StringEquals: { [`aws:RequestTag/${TAGS.owner}`]: owner } };
  return policy([
    {
      Sid: 'CreateTemplates',
      Effect: 'Allow',
      Action: ['fis:CreateExperimentTemplate'],
      Resource: [fis('experiment-template/*'), ...actions.toSorted().map((id) => fis(`action/${id}`))],
    },
    {
      Sid: 'TagCreatedResources',
      Effect: 'Allow',
      Action: ['fis:TagResource'],
      Resource: [fis('experiment-template/*'), fis('experiment/*')],
      Condition: asOurs,
    },
    {
      Sid: 'PassRole',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: roleArn,
      Condition: { StringEquals: { 'iam:PassedToService': 'fis.amazonaws.com' } },
    },
    {
      Sid: 'StartOwnTemplates',
      Effect: 'Allow',
      Action: ['fis:StartExperiment'],
      Resource: fis('experiment-template/*'),
      Condition: ours,
    },
    {
      Sid: 'StartOwnExperiments',
      Effect: 'Allow',
      Action: ['fis:StartExperiment'],
      Resource: fis('experiment/*'),
      Condition: asOurs,
    },
    {
      Sid: 'StopAndDeleteOwn',
      Effect: 'Allow',
      Action: ['fis:StopExperiment', 'fis:DeleteExperimentTemplate'],
      Resource: [fis('experiment/*'), fis('experiment-template/*')],
      Condition: ours,
    },
    {
      Sid: 'Read',
      Effect: 'Allow',
      Action: [
        'fis:GetAction',
        'fis:GetExperiment',
        'fis:GetExperimentTemplate',
        'fis:GetSafetyLever',
        'fis:ListExperimentResolvedTargets',
        'fis:ListExperimentTemplates',
        'fis:ListExperiments',
      ],
      Resource: '*',
    },
  ]);
}

/** The policy of the role that FIS assumes for these templates. */
export function rolePolicy(templates: FisTemplate[]): Policy {
  const { partition, account } = whose(templates);
  const used = templates.flatMap((one) => Object.values(one.actions).map(({ actionId }) => actionId));
  const statements = new Map<string, Statement>();
  for (const id of [...new Set(used)].filter(isKnownAction)) {
    for (const need of NEEDS[id]) {
      const Resource = need.on.replaceAll('{partition}', partition).replaceAll('{account}', account);
      const key = JSON.stringify([Resource, need.if ?? null]);
      const known = statements.get(key);
      const Action = [...new Set([...(known?.Action ?? []), ...need.may])].toSorted();
      const Condition = need.if ? { Condition: need.if } : {};
      statements.set(key, { Sid: `Act${statements.size + 1}`, Effect: 'Allow', Action, Resource, ...Condition });
    }
  }
  const buckets = templates.flatMap(({ experimentReportConfiguration: r, logConfiguration: l }) => [
    ...(r ? [r.outputs.s3Configuration.bucketName] : []),
    ...(l?.s3Configuration ? [l.s3Configuration.bucketName] : []),
  ]);
  const numbered = [...statements.values()].map((one, i) => ({ ...one, Sid: `Act${i + 1}` }));
  return policy([...numbered, ...recording(templates, [...new Set(buckets)], partition)]);
}

/** For logs and reports. Stop alarms are read by FIS's own service-linked role. */
function recording(templates: FisTemplate[], buckets: string[], partition: string): Statement[] {
  const found: Statement[] = [];
  if (templates.some(({ logConfiguration: l, experimentReportConfiguration: r }) => l ?? r)) {
    const Action = [
      'logs:CreateLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:PutResourcePolicy',
    ];
    found.push({ Sid: 'Log', Effect: 'Allow', Action, Resource: '*' });
  }
  if (buckets.length > 0) {
    const Resource = buckets.map((bucket) => `arn:${partition}:s3:::${bucket}/*`);
    found.push({ Sid: 'WriteToBuckets', Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource });
  }
  if (templates.some(({ experimentReportConfiguration: r }) => r)) {
    const Action = ['cloudwatch:GetDashboard', 'cloudwatch:GetMetricWidgetImage'];
    found.push({ Sid: 'ReadDashboards', Effect: 'Allow', Action, Resource: '*' });
  }
  return found;
}

/** The trust policy of the role: FIS may assume it, for experiments of this account only. */
export function roleTrust(roleArn: string): TrustPolicy {
  const { partition, account } = parseArn(roleArn) ?? { partition: 'aws', account: '*' };
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'fis.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:fis:*:${account}:experiment/*` },
        },
      },
    ],
  };
}

function whose([first]: FisTemplate[]): { partition: string; account: string; roleArn: string } {
  const roleArn = first?.roleArn ?? '*';
  const { partition, account } = parseArn(roleArn) ?? { partition: 'aws', account: '*' };
  return { partition, account, roleArn };
}
