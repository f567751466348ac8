/**
 * The FIS actions that serve our faults: what each acts on, takes and leaves behind. Source: FIS user guide, "AWS FIS
 * Actions reference"; slots confirmed against GetAction where it answers (life/preview.ts).
 */

/** Parameters beside the duration, by action. FIS takes text only; numbers become text on the wire. */
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
  /** Key of the action's `targets`, and what it must point at; null for actions on documents. */
  slot: { name: string; resourceType: string } | null;
  /** The parameter that bears the duration; null for what happens once. */
  duration: 'duration' | 'startInstancesAfterDuration' | 'maxDuration' | null;
  /** Default quota: most resources that one action may hit. Service Quotas has the account's own. */
  mostTargets: number;
  /**
   * What may stay if the action ends otherwise than it should, and the command that shows it; null where nothing can
   * stay that does not heal by itself.
   */
  leaves: { what: string; look: string } | null;
}

const FIS_TAG = 'Name=tag:managedByFIS,Values=true';
const pod = { slot: { name: 'Pods', resourceType: 'aws:eks:pod' }, mostTargets: 50 } as const;
const task = { slot: { name: 'Tasks', resourceType: 'aws:ecs:task' }, mostTargets: 5 } as const;

export const ACTIONS: Record<ActionId, ActionSpec> = {
  'aws:network:disrupt-connectivity': {
    slot: { name: 'Subnets', resourceType: 'aws:ec2:subnet' },
    duration: 'duration',
    mostTargets: 5,
    leaves: {
      what: 'network ACLs in place of the own ones',
      look: `aws ec2 describe-network-acls --filters ${FIS_TAG}`,
    },
  },
  'aws:network:route-table-disrupt-cross-region-connectivity': {
    slot: { name: 'Subnets', resourceType: 'aws:ec2:subnet' },
    duration: 'duration',
    mostTargets: 6,
    leaves: {
      what: 'route tables in place of the own ones',
      look: `aws ec2 describe-route-tables --filters ${FIS_TAG}`,
    },
  },
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': {
    slot: { name: 'TransitGateways', resourceType: 'aws:ec2:transit-gateway' },
    duration: 'duration',
    mostTargets: 5,
    leaves: {
      what: 'peering attachments without their route table',
      look: 'aws ec2 describe-transit-gateway-attachments --filters Name=resource-type,Values=peering',
    },
  },
  'aws:network:disrupt-vpc-endpoint': {
    slot: { name: 'VPCEndpoints', resourceType: 'aws:ec2:vpc-endpoint' },
    duration: 'duration',
    mostTargets: 5,
    leaves: {
      what: 'endpoints with an empty security group (so if anybody edits one meanwhile)',
      look: `aws ec2 describe-security-groups --filters ${FIS_TAG}`,
    },
  },
  'aws:elasticache:replicationgroup-interrupt-az-power': {
    slot: { name: 'ReplicationGroups', resourceType: 'aws:elasticache:replicationgroup' },
    duration: 'duration',
    mostTargets: 5,
    leaves: {
      what: 'a cache group with fewer nodes than it should have',
      look: 'aws elasticache describe-replication-groups',
    },
  },
  'aws:rds:failover-db-cluster': {
    slot: { name: 'Clusters', resourceType: 'aws:rds:cluster' },
    duration: null,
    mostTargets: 5,
    leaves: null,
  },
  'aws:rds:reboot-db-instances': {
    slot: { name: 'DBInstances', resourceType: 'aws:rds:db' },
    duration: null,
    mostTargets: 5,
    leaves: null,
  },
  'aws:dynamodb:global-table-pause-replication': {
    slot: { name: 'Tables', resourceType: 'aws:dynamodb:global-table' },
    duration: 'duration',
    mostTargets: 5,
    leaves: {
      what: 'replication that is still paused (a dated Deny in the resource policy; it expires by itself)',
      look: 'aws dynamodb get-resource-policy --resource-arn <table>',
    },
  },
  'aws:memorydb:multi-region-cluster-pause-replication': {
    slot: { name: 'MultiRegionClusters', resourceType: 'aws:memorydb:multi-region-cluster' },
    duration: 'duration',
    mostTargets: 5,
    leaves: { what: 'replication that is still paused', look: 'aws memorydb describe-multi-region-clusters' },
  },
  'aws:s3:bucket-pause-replication': {
    slot: { name: 'Buckets', resourceType: 'aws:s3:bucket' },
    duration: 'duration',
    mostTargets: 20,
    leaves: {
      what: 'replication that is still paused',
      look: 'aws s3api get-bucket-replication --bucket <bucket>',
    },
  },
  'aws:ec2:stop-instances': {
    slot: { name: 'Instances', resourceType: 'aws:ec2:instance' },
    duration: 'startInstancesAfterDuration',
    mostTargets: 5,
    leaves: {
      what: 'instances that are still stopped',
      look: 'aws ec2 describe-instances --filters Name=instance-state-name,Values=stopped,stopping',
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
    mostTargets: 5,
    leaves: {
      what: 'a document that still runs on the instances',
      look: 'aws ssm list-commands --filters key=Status,value=InProgress',
    },
  },
  'aws:ssm:start-automation-execution': {
    slot: null,
    duration: 'maxDuration',
    mostTargets: 1,
    leaves: {
      what: 'an automation that has not restored what it set',
      look: 'aws ssm describe-automation-executions --filters Key=ExecutionStatus,Values=Failed,TimedOut',
    },
  },
};

export const isKnownAction = (id: string): id is ActionId => Object.hasOwn(ACTIONS, id);
