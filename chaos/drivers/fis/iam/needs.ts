/** The permissions that each FIS action needs in the role that FIS assumes. Source: FIS user guide, per action. */
import type { ActionId } from '../templates/actions.ts';

export interface Statement {
  Sid: string;
  Effect: 'Allow';
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

interface Need {
  may: string[];
  on: string;
  if?: NonNullable<Statement['Condition']>;
}

const BY_FIS = { StringEquals: { 'aws:ResourceTag/managedByFIS': 'true' } };
const MAKES_AS_FIS = { StringEquals: { 'aws:RequestTag/managedByFIS': 'true' } };
const ec2 = (what: string): string => `arn:{partition}:ec2:*:{account}:${what}`;
const describe = (...may: string[]): Need => ({ may, on: '*' });
const tagged = describe('tag:GetResources');
const eks: Need[] = [describe('eks:DescribeCluster'), describe('ec2:DescribeSubnets')];
const ecsBySsm: Need[] = [
  describe('ecs:DescribeTasks', 'ecs:ListTasks', 'ssm:ListCommands'),
  { may: ['ssm:SendCommand'], on: 'arn:{partition}:ssm:*:{account}:managed-instance/*' },
  { may: ['ssm:SendCommand'], on: 'arn:{partition}:ssm:*::document/AWSFIS-*' },
  { may: ['ssm:CancelCommand'], on: '*' },
];

/** `{partition}` and `{account}` are those of the role. */
export const NEEDS: Record<ActionId, Need[]> = {
  'aws:network:disrupt-connectivity': [
    describe(
      'ec2:DescribeManagedPrefixLists',
      'ec2:DescribeNetworkAcls',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
      'ec2:GetManagedPrefixListEntries',
    ),
    { may: ['ec2:CreateNetworkAcl'], on: ec2('network-acl/*'), if: MAKES_AS_FIS },
    { may: ['ec2:CreateNetworkAcl'], on: ec2('vpc/*') },
    {
      may: ['ec2:CreateTags'],
      on: ec2('network-acl/*'),
      if: { StringEquals: { 'ec2:CreateAction': 'CreateNetworkAcl', 'aws:RequestTag/managedByFIS': 'true' } },
    },
    { may: ['ec2:CreateNetworkAclEntry', 'ec2:DeleteNetworkAcl'], on: ec2('network-acl/*'), if: BY_FIS },
    { may: ['ec2:ReplaceNetworkAclAssociation'], on: ec2('subnet/*') },
    { may: ['ec2:ReplaceNetworkAclAssociation'], on: ec2('network-acl/*') },
  ],
  'aws:network:route-table-disrupt-cross-region-connectivity': [
    describe(
      'ec2:DescribeManagedPrefixLists',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcEndpoints',
      'ec2:DescribeVpcPeeringConnections',
      'ec2:DescribeVpcs',
      'ec2:GetManagedPrefixListEntries',
    ),
    {
      may: ['ec2:CreateManagedPrefixList', 'ec2:CreateNetworkInterface', 'ec2:CreateRouteTable', 'ec2:CreateTags'],
      on: ec2('*'),
      if: MAKES_AS_FIS,
    },
    { may: ['ec2:CreateNetworkInterface'], on: ec2('subnet/*') },
    { may: ['ec2:CreateNetworkInterface'], on: ec2('security-group/*') },
    { may: ['ec2:CreateRouteTable'], on: ec2('vpc/*') },
    {
      may: [
        'ec2:CreateRoute',
        'ec2:DeleteManagedPrefixList',
        'ec2:DeleteNetworkInterface',
        'ec2:DeleteRouteTable',
        'ec2:ModifyManagedPrefixList',
      ],
      on: ec2('*'),
      if: BY_FIS,
    },
    {
      may: ['ec2:AssociateRouteTable', 'ec2:DisassociateRouteTable', 'ec2:ReplaceRouteTableAssociation'],
      on: ec2('subnet/*'),
    },
    {
      may: ['ec2:AssociateRouteTable', 'ec2:DisassociateRouteTable', 'ec2:ReplaceRouteTableAssociation'],
      on: ec2('route-table/*'),
    },
    { may: ['ec2:ModifyVpcEndpoint'], on: ec2('vpc-endpoint/*') },
    { may: ['ec2:ModifyVpcEndpoint'], on: ec2('route-table/*') },
  ],
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': [
    describe('ec2:DescribeTransitGatewayAttachments', 'ec2:DescribeTransitGatewayPeeringAttachments'),
    describe('ec2:DescribeTransitGateways'),
    {
      may: ['ec2:AssociateTransitGatewayRouteTable', 'ec2:DisassociateTransitGatewayRouteTable'],
      on: ec2('transit-gateway-*/*'),
    },
  ],
  'aws:network:disrupt-vpc-endpoint': [
    describe('ec2:DescribeSecurityGroups', 'ec2:DescribeVpcEndpoints'),
    { may: ['ec2:ModifyVpcEndpoint'], on: ec2('vpc-endpoint/*') },
    { may: ['ec2:ModifyVpcEndpoint'], on: ec2('security-group/*') },
    { may: ['ec2:CreateSecurityGroup'], on: ec2('vpc/*') },
    { may: ['ec2:CreateSecurityGroup', 'ec2:CreateTags'], on: ec2('security-group/*'), if: MAKES_AS_FIS },
    { may: ['ec2:DeleteSecurityGroup', 'ec2:RevokeSecurityGroupEgress'], on: ec2('security-group/*'), if: BY_FIS },
    describe('vpce:AllowMultiRegion'),
  ],
  'aws:elasticache:replicationgroup-interrupt-az-power': [
    { may: ['elasticache:InterruptClusterAzPower'], on: 'arn:{partition}:elasticache:*:{account}:replicationgroup:*' },
    describe('elasticache:DescribeReplicationGroups'),
    tagged,
  ],
  'aws:rds:failover-db-cluster': [
    { may: ['rds:FailoverDBCluster'], on: 'arn:{partition}:rds:*:{account}:cluster:*' },
    describe('rds:DescribeDBClusters'),
    tagged,
  ],
  'aws:rds:reboot-db-instances': [
    { may: ['rds:RebootDBInstance'], on: 'arn:{partition}:rds:*:{account}:db:*' },
    describe('rds:DescribeDBInstances'),
    tagged,
  ],
  'aws:dynamodb:global-table-pause-replication': [
    {
      may: [
        'dynamodb:DeleteResourcePolicy',
        'dynamodb:DescribeTable',
        'dynamodb:GetResourcePolicy',
        'dynamodb:InjectError',
        'dynamodb:PutResourcePolicy',
      ],
      on: 'arn:{partition}:dynamodb:*:{account}:table/*',
    },
    tagged,
  ],
  'aws:memorydb:multi-region-cluster-pause-replication': [
    {
      may: ['memorydb:PauseMultiRegionClusterReplication'],
      on: 'arn:{partition}:memorydb::{account}:multiregioncluster/*',
    },
    describe('memorydb:DescribeMultiRegionClusters'),
    tagged,
  ],
  'aws:s3:bucket-pause-replication': [
    { may: ['s3:PauseReplication'], on: 'arn:{partition}:s3:::*' },
    { may: ['s3:GetReplicationConfiguration', 's3:PutReplicationConfiguration'], on: 'arn:{partition}:s3:::*' },
    describe('s3:ListAllMyBuckets'),
    tagged,
  ],
  'aws:ec2:stop-instances': [
    { may: ['ec2:StartInstances', 'ec2:StopInstances'], on: ec2('instance/*') },
    describe('ec2:DescribeInstances'),
  ],
  'aws:ecs:stop-task': [
    { may: ['ecs:StopTask'], on: 'arn:{partition}:ecs:*:{account}:task/*' },
    describe('ecs:DescribeTasks', 'ecs:ListTasks'),
  ],
  'aws:ecs:task-network-blackhole-port': ecsBySsm,
  'aws:ecs:task-network-latency': ecsBySsm,
  'aws:ecs:task-network-packet-loss': ecsBySsm,
  'aws:eks:pod-delete': eks,
  'aws:eks:pod-network-blackhole-port': eks,
  'aws:eks:pod-network-latency': eks,
  'aws:eks:pod-network-packet-loss': eks,
  'aws:ssm:send-command': [
    { may: ['ssm:SendCommand'], on: ec2('instance/*') },
    { may: ['ssm:SendCommand'], on: 'arn:{partition}:ssm:*::document/AWSFIS-*' },
    { may: ['ssm:CancelCommand', 'ssm:ListCommands'], on: '*' },
    describe('ec2:DescribeInstances', 'ec2:DescribeSubnets'),
  ],
  'aws:ssm:start-automation-execution': [
    {
      may: ['ssm:GetAutomationExecution', 'ssm:StartAutomationExecution', 'ssm:StopAutomationExecution'],
      on: 'arn:{partition}:ssm:*:{account}:*',
    },
    {
      may: ['iam:PassRole'],
      on: 'arn:{partition}:iam::{account}:role/antipode-automation-*',
      if: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
    },
  ],
};
