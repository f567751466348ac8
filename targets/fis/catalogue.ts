/**
 * Actions and resource types, after the actions reference of the FIS user guide (reference/fis.md section 1). Actions
 * with an `effect` are carried out; the others are validated and then skipped.
 */
import type { EffectKind } from './effects.ts';

interface ActionEntry {
  description: string;
  /** Resource type by slot. */
  targets: Record<string, string>;
  /** By name: whether it is required. */
  parameters: Record<string, boolean>;
  /** Maximum number of resources per slot, by default in Service Quotas. */
  quota?: number;
  effect?: EffectKind;
  /** Shortest duration, ms; default: one minute. */
  minMs?: number;
}

const SUBNETS = { Subnets: 'aws:ec2:subnet' };
const INSTANCES = { Instances: 'aws:ec2:instance' };
const TASKS = { Tasks: 'aws:ecs:task' };
const FUNCTIONS = { Functions: 'aws:lambda:function' };
const ROLES = { Roles: 'aws:iam:role' };
const VOLUMES = { Volumes: 'aws:ec2:ebs-volume' };
const lasts = { duration: true };
const TASK_NETWORK = {
  ...lasts,
  useEcsFaultInjectionEndpoints: false,
  installDependencies: false,
  ssmAgentRoleArn: false,
};
const API_ERROR = { ...lasts, service: true, operations: true, percentage: true };
const VOLUME_LATENCY = {
  ...lasts,
  readIOLatencyMilliseconds: false,
  writeIOLatencyMilliseconds: false,
  readIOPercentage: false,
  writeIOPercentage: false,
};

export const ACTIONS: Record<string, ActionEntry> = {
  'aws:arc:start-zonal-autoshift': {
    description: 'Shifts traffic away from an Availability Zone',
    targets: { ManagedResources: 'aws:arc:zonal-shift-managed-resource' },
    parameters: {
      ...lasts,
      availabilityZoneIdentifier: true,
      managedResourceTypes: true,
      zonalAutoshiftStatus: false,
    },
  },
  'aws:cloudwatch:assert-alarm-state': {
    description: 'Verifies that alarms are in a state',
    targets: {},
    parameters: { alarmArns: true, alarmStates: true },
    effect: 'assert-alarms',
  },
  'aws:dynamodb:global-table-pause-replication': {
    description: 'Pauses replication of global tables',
    targets: { Tables: 'aws:dynamodb:global-table' },
    parameters: lasts,
  },
  'aws:ebs:pause-volume-io': {
    description: 'Pauses I/O of volumes',
    targets: VOLUMES,
    parameters: lasts,
    minMs: 1_000,
  },
  'aws:ebs:volume-io-latency': {
    description: 'Delays I/O of volumes',
    targets: VOLUMES,
    parameters: VOLUME_LATENCY,
    minMs: 1_000,
  },
  'aws:ec2:reboot-instances': {
    description: 'Reboots instances',
    targets: INSTANCES,
    parameters: {},
    effect: 'restart-api',
  },
  'aws:ec2:stop-instances': {
    description: 'Stops instances, and restarts them after a duration if one is given',
    targets: INSTANCES,
    parameters: { startInstancesAfterDuration: false, completeIfInstancesTerminated: false },
    effect: 'stop-instances',
  },
  'aws:ec2:terminate-instances': { description: 'Terminates instances', targets: INSTANCES, parameters: {} },
  'aws:ecs:stop-task': {
    description: 'Stops tasks; their service starts others',
    targets: TASKS,
    parameters: {},
    effect: 'restart-api',
  },
  'aws:ecs:task-network-blackhole-port': {
    description: 'Drops traffic of tasks by port',
    targets: TASKS,
    parameters: { ...TASK_NETWORK, port: true, protocol: true, trafficType: true },
    effect: 'blackhole-port',
  },
  'aws:ecs:task-network-latency': {
    description: 'Delays egress traffic of tasks',
    targets: TASKS,
    parameters: {
      ...TASK_NETWORK,
      delayMilliseconds: false,
      jitterMilliseconds: false,
      flowsPercent: false,
      sources: false,
    },
    effect: 'latency',
  },
  'aws:ecs:task-network-packet-loss': {
    description: 'Loses egress packets of tasks',
    targets: TASKS,
    parameters: { ...TASK_NETWORK, lossPercent: false, sources: false },
  },
  'aws:elasticache:replicationgroup-interrupt-az-power': {
    description: 'Interrupts power of the nodes in one Availability Zone',
    targets: { ReplicationGroups: 'aws:elasticache:replicationgroup' },
    parameters: lasts,
    effect: 'interrupt-cache',
  },
  'aws:fis:inject-api-internal-error': { description: 'Fails API calls', targets: ROLES, parameters: API_ERROR },
  'aws:fis:inject-api-throttle-error': { description: 'Throttles API calls', targets: ROLES, parameters: API_ERROR },
  'aws:fis:inject-api-unavailable-error': { description: 'Refuses API calls', targets: ROLES, parameters: API_ERROR },
  'aws:fis:wait': { description: 'Waits', targets: {}, parameters: lasts, effect: 'wait' },
  'aws:lambda:invocation-add-delay': {
    description: 'Delays the start of functions',
    targets: FUNCTIONS,
    parameters: { ...lasts, startupDelayMilliseconds: false, invocationPercentage: false },
  },
  'aws:lambda:invocation-error': {
    description: 'Fails functions',
    targets: FUNCTIONS,
    parameters: { ...lasts, preventExecution: true, invocationPercentage: false },
  },
  'aws:memorydb:multi-region-cluster-pause-replication': {
    description: 'Pauses replication of a multi-Region cluster',
    targets: { MultiRegionClusters: 'aws:memorydb:multi-region-cluster' },
    parameters: { ...lasts, region: false },
  },
  'aws:network:disrupt-connectivity': {
    description: 'Denies traffic of subnets by network ACLs',
    targets: SUBNETS,
    parameters: { ...lasts, scope: true, prefixListIdentifier: false },
    effect: 'deny-subnets',
  },
  'aws:network:disrupt-vpc-endpoint': {
    description: 'Blocks interface VPC endpoints',
    targets: { VPCEndpoints: 'aws:ec2:vpc-endpoint' },
    parameters: lasts,
  },
  'aws:network:route-table-disrupt-cross-region-connectivity': {
    description: 'Blocks traffic that begins in subnets and goes to another Region',
    targets: SUBNETS,
    parameters: { ...lasts, region: true },
    quota: 6,
    effect: 'deny-region',
  },
  'aws:network:transit-gateway-disrupt-cross-region-connectivity': {
    description: 'Blocks traffic of transit gateways to another Region',
    targets: { TransitGateways: 'aws:ec2:transit-gateway' },
    parameters: { ...lasts, region: true },
    effect: 'deny-peering',
  },
  'aws:rds:failover-db-cluster': {
    description: 'Fails a cluster over',
    targets: { Clusters: 'aws:rds:cluster' },
    parameters: {},
    effect: 'restart-database',
  },
  'aws:rds:reboot-db-instances': {
    description: 'Reboots database instances',
    targets: { DBInstances: 'aws:rds:db' },
    parameters: { forceFailover: false },
    effect: 'restart-database',
  },
  'aws:s3:bucket-pause-replication': {
    description: 'Pauses replication of buckets',
    targets: { Buckets: 'aws:s3:bucket' },
    parameters: { ...lasts, region: true, destinationBuckets: false, prefixes: false },
    quota: 20,
  },
  'aws:ssm:send-command': {
    description: 'Runs an SSM document on instances',
    targets: INSTANCES,
    parameters: { ...lasts, documentArn: true, documentVersion: false, documentParameters: false },
    effect: 'document',
  },
  'aws:ssm:start-automation-execution': {
    description: 'Runs an SSM Automation',
    targets: {},
    parameters: { documentArn: true, documentVersion: false, documentParameters: false, maxDuration: true },
  },
};

interface ResourceTypeEntry {
  description: string;
  /** By name: whether it is required, and the attribute that it filters by. */
  parameters: Record<string, { required: boolean; path: string }>;
  /** Paths that filters may use; null: no filters allowed. */
  filters: string[] | null;
}

const optional = (path: string) => ({ required: false, path });
const plain = (description: string): ResourceTypeEntry => ({ description, parameters: {}, filters: null });

export const RESOURCE_TYPES: Record<string, ResourceTypeEntry> = {
  'aws:arc:zonal-shift-managed-resource': plain('A resource under zonal shift'),
  'aws:dynamodb:global-table': plain('A DynamoDB global table'),
  'aws:ec2:ebs-volume': {
    description: 'An EBS volume',
    parameters: { availabilityZoneIdentifier: optional('AvailabilityZone') },
    filters: null,
  },
  'aws:ec2:instance': {
    description: 'An EC2 instance',
    parameters: {},
    filters: ['InstanceId', 'InstanceType', 'Placement.AvailabilityZone', 'State.Name', 'SubnetId', 'VpcId'],
  },
  'aws:ec2:subnet': {
    description: 'A subnet',
    parameters: { availabilityZoneIdentifier: optional('AvailabilityZone'), vpc: optional('VpcId') },
    filters: ['AvailabilityZone', 'CidrBlock', 'State', 'SubnetId', 'VpcId'],
  },
  'aws:ec2:transit-gateway': plain('A transit gateway'),
  'aws:ec2:vpc-endpoint': plain('An interface VPC endpoint'),
  'aws:ecs:task': {
    description: 'An ECS task',
    parameters: { cluster: optional('ClusterName'), service: optional('ServiceName') },
    filters: null,
  },
  'aws:elasticache:replicationgroup': {
    description: 'An ElastiCache replication group',
    parameters: { availabilityZoneIdentifier: { required: true, path: 'AvailabilityZones' } },
    filters: null,
  },
  'aws:iam:role': plain('An IAM role'),
  'aws:lambda:function': plain('A Lambda function'),
  'aws:memorydb:multi-region-cluster': plain('A MemoryDB multi-Region cluster'),
  'aws:rds:cluster': {
    description: 'An Aurora cluster',
    parameters: { writerAvailabilityZoneIdentifiers: optional('WriterAvailabilityZone') },
    filters: null,
  },
  'aws:rds:db': {
    description: 'An RDS instance',
    parameters: { availabilityZoneIdentifiers: optional('AvailabilityZone') },
    filters: null,
  },
  'aws:s3:bucket': plain('An S3 bucket'),
};
