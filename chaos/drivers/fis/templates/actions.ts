/**
 * The FIS actions used for faults: targets, parameters and possible leftovers of each. Source: FIS user guide, "AWS FIS
 * Actions reference"; slots are checked against GetAction in every preview (life/preview.ts).
 */

/** Parameters other than the duration, by action. FIS accepts strings only; numbers are converted when sent. */
export interface ActionParameters {
  'aws:network:disrupt-connectivity':
    | { scope: 'all' | 'availability-zone' | 'vpc' }
    | { scope: 'prefix-list'; prefixListIdentifier: string };
  'aws:network:route-table-disrupt-cross-region-connectivity': { region: string };
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': { region: string };
  'aws:network:disrupt-vpc-endpoint': Record<string, never>;
  'aws:elasticache:replicationgroup-interrupt-az-power': Record<string, never>;
  'aws:rds:failover-db-cluster': Record<string, never>;
  'aws:rds:reboot-db-instances': { forceFailover: boolean };
  'aws:dynamodb:global-table-pause-replication': Record<string, never>;
  'aws:memorydb:multi-region-cluster-pause-replication': Record<string, never>;
  'aws:s3:bucket-pause-replication': { region: string };
  'aws:ec2:stop-instances': { completeIfInstancesTerminated: boolean };
  'aws:ecs:stop-task': Record<string, never>;
  'aws:ecs:task-network-blackhole-port': PortParameters & { useEcsFaultInjectionEndpoints: boolean };
  'aws:ecs:task-network-latency': LatencyParameters & { useEcsFaultInjectionEndpoints: boolean };
  'aws:ecs:task-network-packet-loss': LossParameters & { useEcsFaultInjectionEndpoints: boolean };
  'aws:eks:pod-delete': { kubernetesServiceAccount: string };
  'aws:eks:pod-network-blackhole-port': PortParameters & { kubernetesServiceAccount: string };
  'aws:eks:pod-network-latency': LatencyParameters & { kubernetesServiceAccount: string };
  'aws:eks:pod-network-packet-loss': LossParameters & { kubernetesServiceAccount: string };
  'aws:ssm:send-command': { documentArn: string; documentParameters: string };
  'aws:ssm:start-automation-execution': { documentArn: string; documentParameters: string };
}

interface PortParameters {
  protocol: 'tcp';
  trafficType: 'egress' | 'ingress';
  port: number;
}

interface LatencyParameters {
  delayMilliseconds: number;
  flowsPercent: number;
  sources: string;
}

interface LossParameters {
  lossPercent: number;
  sources: string;
}

export type ActionId = keyof ActionParameters;

export interface ActionSpec {
  /** Key of the action's `targets`, and the resource type of that target; null for actions on SSM documents. */
  slot: { name: string; resourceType: string } | null;
  /** Name of the duration parameter; null for an action without duration. */
  duration: 'duration' | 'startInstancesAfterDuration' | 'maxDuration' | null;
  /** Default quota of resources per action. Service Quotas shows the account's own. */
  maxTargets: number;
  /** What may remain if the action ends abnormally, and the command that shows it; null if that recovers by itself. */
  leaves: { what: string; command: string } | null;
}

const FIS_TAG = 'Name=tag:managedByFIS,Values=true';
const pod = { slot: { name: 'Pods', resourceType: 'aws:eks:pod' }, maxTargets: 50 } as const;
const task = { slot: { name: 'Tasks', resourceType: 'aws:ecs:task' }, maxTargets: 5 } as const;

export const ACTIONS: Record<ActionId, ActionSpec> = {
  'aws:network:disrupt-connectivity': {
    slot: { name: 'Subnets', resourceType: 'aws:ec2:subnet' },
    duration: 'duration',
    maxTargets: 5,
    leaves: {
      what: 'network ACLs of FIS in place of the original ones',
      command: `aws ec2 describe-network-acls --filters ${FIS_TAG}`,
    },
  },
  'aws:network:route-table-disrupt-cross-region-connectivity': {
    slot: { name: 'Subnets', resourceType: 'aws:ec2:subnet' },
    duration: 'duration',
    maxTargets: 6,
    leaves: {
      what: 'route tables of FIS in place of the original ones',
      command: `aws ec2 describe-route-tables --filters ${FIS_TAG}`,
    },
  },
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': {
    slot: { name: 'TransitGateways', resourceType: 'aws:ec2:transit-gateway' },
    duration: 'duration',
    maxTargets: 5,
    leaves: {
      what: 'peering attachments without their route table',
      command: 'aws ec2 describe-transit-gateway-attachments --filters Name=resource-type,Values=peering',
    },
  },
  'aws:network:disrupt-vpc-endpoint': {
    slot: { name: 'VPCEndpoints', resourceType: 'aws:ec2:vpc-endpoint' },
    duration: 'duration',
    maxTargets: 5,
    leaves: {
      what: 'endpoints with an empty security group (as when one was edited meanwhile)',
      command: `aws ec2 describe-security-groups --filters ${FIS_TAG}`,
    },
  },
  'aws:elasticache:replicationgroup-interrupt-az-power': {
    slot: { name: 'ReplicationGroups', resourceType: 'aws:elasticache:replicationgroup' },
    duration: 'duration',
    maxTargets: 5,
    leaves: {
      what: 'a cache group with fewer nodes than it should have',
      command: 'aws elasticache describe-replication-groups',
    },
  },
  'aws:rds:failover-db-cluster': {
    slot: { name: 'Clusters', resourceType: 'aws:rds:cluster' },
    duration: null,
    maxTargets: 5,
    leaves: null,
  },
  'aws:rds:reboot-db-instances': {
    slot: { name: 'DBInstances', resourceType: 'aws:rds:db' },
    duration: null,
    maxTargets: 5,
    leaves: null,
  },
  'aws:dynamodb:global-table-pause-replication': {
    slot: { name: 'Tables', resourceType: 'aws:dynamodb:global-table' },
    duration: 'duration',
    maxTargets: 5,
    leaves: {
      what: 'replication that is still paused (a dated Deny in the resource policy; it expires by itself)',
      command: 'aws dynamodb get-resource-policy --resource-arn <table>',
    },
  },
  'aws:memorydb:multi-region-cluster-pause-replication': {
    slot: { name: 'MultiRegionClusters', resourceType: 'aws:memorydb:multi-region-cluster' },
    duration: 'duration',
    maxTargets: 5,
    leaves: { what: 'replication that is still paused', command: 'aws memorydb describe-multi-region-clusters' },
  },
  'aws:s3:bucket-pause-replication': {
    slot: { name: 'Buckets', resourceType: 'aws:s3:bucket' },
    duration: 'duration',
    maxTargets: 20,
    leaves: {
      what: 'replication that is still paused',
      command: 'aws s3api get-bucket-replication --bucket <bucket>',
    },
  },
  'aws:ec2:stop-instances': {
    slot: { name: 'Instances', resourceType: 'aws:ec2:instance' },
    duration: 'startInstancesAfterDuration',
    maxTargets: 5,
    leaves: {
      what: 'instances that are still stopped',
      command: 'aws ec2 describe-instances --filters Name=instance-state-name,Values=stopped,stopping',
    },
  },
  'aws:ecs:stop-task': { ...task, duration: null, leaves: null },
  'aws:ecs:task-network-blackhole-port': { ...task, duration: 'duration', leaves: null },
  'aws:ecs:task-network-latency': { ...task, duration: 'duration', leaves: null },
  'aws:ecs:task-network-packet-loss': { ...task, duration: 'duration', leaves: null },
  'aws:eks:pod-delete': { ...pod, duration: null, leaves: null },
  'aws:eks:pod-network-blackhole-port': { ...pod, duration: 'duration', leaves: null },
  'aws:eks:pod-network-latency': { ...pod, duration: 'duration', leaves: null },
  'aws:eks:pod-network-packet-loss': { ...pod, duration: 'duration', leaves: null },
  'aws:ssm:send-command': {
    slot: { name: 'Instances', resourceType: 'aws:ec2:instance' },
    duration: 'duration',
    maxTargets: 5,
    leaves: {
      what: 'a document that still runs on the instances',
      command: 'aws ssm list-commands --filters key=Status,value=InProgress',
    },
  },
  'aws:ssm:start-automation-execution': {
    slot: null,
    duration: 'maxDuration',
    maxTargets: 1,
    leaves: {
      what: 'an automation that has not restored what it set',
      command: 'aws ssm describe-automation-executions --filters Key=ExecutionStatus,Values=Failed,TimedOut',
    },
  },
};

export const isKnownAction = (id: string): id is ActionId => Object.hasOwn(ACTIONS, id);
